/** A process to start; its name stands for it in later requests. */
export interface ProcessSpec {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>
  /** Gets stdout and stderr, appended. */
  readonly logPath: string
}

/** A program to run when all processes have ended, for what they leave behind outside of the directory. Has 20 s. */
export interface CleanUp {
  readonly file: string
  readonly args: readonly string[]
}

/** SIGTERM is followed by SIGKILL when it has no effect for 5 s. */
export type StopSignal = 'SIGTERM' | 'SIGKILL'

/** What the tests ask of the supervisor; each is answered once. To end it, disconnect. */
export type SupervisorRequest =
  | { readonly type: 'start'; readonly id: number; readonly process: ProcessSpec }
  | { readonly type: 'stop'; readonly id: number; readonly name: string; readonly signal: StopSignal }
  | { readonly type: 'cleanUp'; readonly id: number; readonly cleanUp: CleanUp }

/** What the supervisor tells the tests. */
export type SupervisorMessage =
  | { readonly type: 'ready'; readonly directory: string }
  | { readonly type: 'started'; readonly id: number; readonly pid: number }
  | { readonly type: 'stopped'; readonly id: number }
  | { readonly type: 'noted'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'exited'; readonly pid: number; readonly code: number | null; readonly signal: string | null }
