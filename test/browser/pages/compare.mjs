/** Runs a policy on every target in one page, compares with the first target, and shows and leaves what was found. */

/** Of each tensor, by rule: how many elements there are, and the largest difference, relative to the largest element. */
function differences(expected, got) {
  const found = {}
  for (const [name, values] of Object.entries(expected)) {
    const others = got[name]
    if (others?.length !== values.length) throw new Error(`${name}: ${others?.length} elements instead of ${values.length}`)
    const apart = values.map((value, i) => (Object.is(value, others[i]) ? 0 : Math.abs(value - others[i])))
    if (apart.some(Number.isNaN)) throw new Error(`${name}: NaN`)
    const largest = Math.max(...values.map((value) => Math.abs(value)))
    found[name] = { elements: values.length, difference: Math.max(...apart) / (largest || 1) }
  }
  return found
}

function table(compared, tolerance) {
  const rows = ['exact', 'near'].flatMap((rule) =>
    Object.entries(compared[rule]).map(([name, { elements, difference }]) => {
      const allowed = rule === 'exact' ? 0 : tolerance
      const cells = [name, elements, allowed, difference, difference <= allowed ? 'ok' : 'WRONG']
      return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
    }),
  )
  return `<tr><th>tensor</th><th>elements</th><th>allowed</th><th>difference</th><th></th></tr>${rows.join('')}`
}

/** `targets`: each name, and the module that `espalier build` wrote for it. */
export async function compare({ results, tolerance }, targets) {
  const found = {}
  for (const [target, module] of Object.entries(targets)) found[target] = await results(await import(module))
  const [[first, expected], ...others] = Object.entries(found)
  const compared = {}
  for (const [target, got] of others) {
    compared[target] = { exact: differences(expected.exact, got.exact), near: differences(expected.near, got.near) }
    document.body.insertAdjacentHTML('beforeend', `<h2>${target} against ${first}</h2>`)
    document.body.insertAdjacentHTML('beforeend', `<table cellpadding="4">${table(compared[target], tolerance)}</table>`)
  }
  globalThis.finding = { ...found, compared }
}
