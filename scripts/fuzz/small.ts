/** Words that make the work of commands small. */

/** So little that it takes milliseconds. */
export const FEW = ['--transactions', '3', '--warmup', '0'];
export const TRANSACT = ['transact', ...FEW, '--param', 'regionLines=64'];
/** A store log with one transaction. */
export const SOME_TRACE = 'START|A.BEGIN|STORE;0x100;0x1;0x8|FLUSH;0x100;0x40|FENCE|A.END|STOP';
export const FAST = ['--backend', 'sm-rc,sm-ob,sm-dd'];
/** A plan of a few cells. */
export const SOME_PLAN =
  'programs: transact\ntransactions: 3\nwarmup: 0\nparam: {regionLines: 64}\nbackends: sm-dd\n' +
  'vary: {epochs: [1, 2]}\n';
