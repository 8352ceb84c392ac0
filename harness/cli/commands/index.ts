/** The table of commands: a new one is a file beside this and a line here. */

import type { Command } from '../command.ts';
import { adviseCommand } from './advise.ts';
import { analyzeCommand } from './analyze.ts';
import { benchEmulatorCommand } from './bench-emulator.ts';
import { benchTransactCommand } from './bench-transact.ts';
import { benchWhisperCommand } from './bench-whisper.ts';
import { calibrateCommand } from './calibrate.ts';
import { conformCommand } from './conform.ts';
import { crashCheckCommand } from './crash-check.ts';
import { crashSurveyCommand } from './crash-survey.ts';
import { explainCommand } from './explain.ts';
import { exportCommand } from './export.ts';
import { failoverCommand } from './failover.ts';
import { listCommand } from './list.ts';
import { profileCommand } from './profile.ts';
import { resultsCommand } from './results.ts';
import { replayCommand, runCommand } from './run.ts';
import { solveCommand } from './solve.ts';
import { studyCommand } from './study.ts';
import { sweepCommand } from './sweep.ts';
import { timelineCommand } from './timeline.ts';
import { validateCommand } from './validate.ts';

export const COMMANDS: readonly Command[] = [
  runCommand,
  replayCommand,
  listCommand,
  exportCommand,
  analyzeCommand,
  benchWhisperCommand,
  benchTransactCommand,
  benchEmulatorCommand,
  sweepCommand,
  solveCommand,
  adviseCommand,
  studyCommand,
  explainCommand,
  timelineCommand,
  calibrateCommand,
  profileCommand,
  validateCommand,
  conformCommand,
  crashCheckCommand,
  crashSurveyCommand,
  failoverCommand,
  resultsCommand,
];
