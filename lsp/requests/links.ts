/** Papers that a doc comment names: `arXiv 2306.11695` as a link. */
const ARXIV = /\barXiv[: ]\s*(\d{4}\.\d{4,5})(v\d+)?/gi

export const withPaperLinks = (text: string): string =>
  text.replace(ARXIV, (words, id: string) => `[${words}](https://arxiv.org/abs/${id})`)
