/** The table of commands: a new one is a file beside this and a line here. */

import { benchEmulatorCommand } from './bench-emulator.ts';
import { benchTransactCommand } from './bench-transact.ts';
import { benchWhisperCommand } from './bench-whisper.ts';
import { calibrateCommand } from './calibrate.ts';
import type { Command } from './command.ts';
import { listCommand } from './list.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { studyCommand } from './study.ts';

export const COMMANDS: readonly Command[] = [
  runCommand,
  replayCommand,
  listCommand,
  benchWhisperCommand,
  benchTransactCommand,
  benchEmulatorCommand,
  studyCommand,
  calibrateCommand,
];
