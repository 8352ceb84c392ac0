/**
 * The table of commands: a new one is a file beside this and a line here, under the first word of its
 * usage. Each is loaded when it is typed, with what it works with.
 */

import type { Command } from '../command.ts';

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand,
  replay: async () => (await import('./run.ts')).replayCommand,
  list: async () => (await import('./list.ts')).listCommand,
  export: async () => (await import('./export.ts')).exportCommand,
  analyze: async () => (await import('./analyze.ts')).analyzeCommand,
  'bench-whisper': async () => (await import('./bench-whisper.ts')).benchWhisperCommand,
  'bench-transact': async () => (await import('./bench-transact.ts')).benchTransactCommand,
  'bench-emulator': async () => (await import('./bench-emulator.ts')).benchEmulatorCommand,
  'bench-growth': async () => (await import('./bench-growth.ts')).benchGrowthCommand,
  sweep: async () => (await import('./sweep.ts')).sweepCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  solve: async () => (await import('./solve.ts')).solveCommand,
  advise: async () => (await import('./advise.ts')).adviseCommand,
  study: async () => (await import('./study.ts')).studyCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  timeline: async () => (await import('./timeline.ts')).timelineCommand,
  calibrate: async () => (await import('./calibrate.ts')).calibrateCommand,
  profile: async () => (await import('./profile.ts')).profileCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  conform: async () => (await import('./conform.ts')).conformCommand,
  'crash-check': async () => (await import('./crash-check.ts')).crashCheckCommand,
  'crash-survey': async () => (await import('./crash-survey.ts')).crashSurveyCommand,
  failover: async () => (await import('./failover.ts')).failoverCommand,
  results: async () => (await import('./results.ts')).resultsCommand,
};

/** All commands. */
export const allCommands = (): Promise<readonly Command[]> =>
  Promise.all(Object.values(LOADERS).map((load) => load()));

/** The command that `words` begin with; all, where there is none. */
export async function commandsFor([name = '']: readonly string[]): Promise<readonly Command[]> {
  return Object.hasOwn(LOADERS, name) ? [await LOADERS[name]()] : allCommands();
}
