/** Tasks of type `espalier`: `check` and `test`, over all policies of a folder or over those named. */
import {
  ProcessExecution,
  RelativePattern,
  Task,
  TaskGroup,
  tasks,
  TaskScope,
  workspace,
  type Disposable,
  type TaskDefinition,
  type WorkspaceFolder,
} from 'vscode'
import { espalier } from './command.ts'

const MATCHER = '$espalier'
const MAX_FILES = 500

interface EspalierTask extends TaskDefinition {
  readonly command: 'check' | 'test'
  readonly files?: readonly string[]
  readonly denyWarnings?: boolean
}

export function registerTasks(extension: string): Disposable {
  return tasks.registerTaskProvider('espalier', {
    provideTasks: async () => {
      const made: Task[] = []
      for (const folder of workspace.workspaceFolders ?? [])
        for (const command of ['check', 'test'] as const) {
          const task = await taskOf(extension, { type: 'espalier', command }, folder)
          if (task !== undefined) made.push(task)
        }
      return made
    },
    resolveTask: ({ definition, scope }) => {
      const folder = typeof scope === 'object' ? scope : workspace.workspaceFolders?.[0]
      return taskOf(extension, definition as EspalierTask, folder)
    },
  })
}

/** None where there is no policy. */
async function taskOf(
  extension: string,
  definition: EspalierTask,
  folder: WorkspaceFolder | undefined,
): Promise<Task | undefined> {
  const files = definition.files ?? (await policiesOf(folder))
  if (files.length === 0) return undefined
  const { program, words, environment } = espalier(extension)
  const flags = definition.command === 'check' && definition.denyWarnings === true ? ['--deny-warnings'] : []
  const execution = new ProcessExecution(program, [...words, definition.command, ...flags, ...files], {
    env: { ...environment },
    ...(folder === undefined ? {} : { cwd: folder.uri.fsPath }),
  })
  const task = new Task(definition, folder ?? TaskScope.Workspace, definition.command, 'espalier', execution, MATCHER)
  task.group = definition.command === 'check' ? TaskGroup.Build : TaskGroup.Test
  return task
}

async function policiesOf(folder: WorkspaceFolder | undefined): Promise<readonly string[]> {
  if (folder === undefined) return []
  const found = await workspace.findFiles(new RelativePattern(folder, '**/*.prune'), '**/node_modules/**', MAX_FILES)
  return found.map((uri) => workspace.asRelativePath(uri, false)).sort()
}
