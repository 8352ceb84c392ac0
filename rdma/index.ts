/** What the harness uses of the model: systems and their mirrors, tables of backends and profiles. */

export type { Backend, Chooser, Numbering, Posting } from './backend.ts';
export {
  addBackend,
  BACKENDS,
  BASELINE,
  BOUND,
  backendNamed,
  resolveBackend,
  UNMIRRORED,
} from './backends/index.ts';
export { refusal, runnable } from './backends/refusal.ts';
export { type DurabilitySemantics, durabilitySemantics, orderKept } from './backends/semantics.ts';
export { CAPABILITIES, type Capability } from './capabilities.ts';
export { BACKEND_RULES } from './conformance/index.ts';
export { createMirror } from './engine.ts';
export { EVENTS } from './events.ts';
export {
  durableLineNs,
  durableWriteNs,
  type PersistLatency,
  persistLatencyNs,
  plainWriteNs,
  type RemoteRewriteResult,
  remoteRewrite,
  remoteStreamGbps,
  remoteWriteRateMps,
  type WriteBandwidth,
  writeAmplification,
  writeBandwidthGbps,
} from './experiments.ts';
export {
  CORES_MAX,
  IN_FLIGHT_MAX,
  type Mirror,
  type MirrorCounts,
  type MirrorObserver,
  type MirrorReport,
  type MirrorRun,
  ONE_REPLICA,
  PRIMARY,
  type QueuePairs,
  REPLICAS_MAX,
  type ReplicaFault,
  type System,
  TIME_PARTS,
  type TimePart,
} from './mirror.ts';
export { entriesKeptBack } from './network/room.ts';
export { carriesLine, isAnswered, Verb, type VerbCode } from './network/verb.ts';
export type { GrantOrder, LockOrder } from './primary/grant-order.ts';
export {
  groupValue,
  pathsOf,
  resolveGroup,
  VALUE_GROUPS,
  type ValueGroup,
} from './profiles/groups.ts';
export { PROFILES, profileNamed, resolveProfile } from './profiles/index.ts';
export { profileJsonSchema } from './profiles/json-schema.ts';
export {
  type HardwareProfile,
  type OtherReplica,
  type Quantity,
  quantities,
} from './profiles/profile.ts';
export {
  ProfileError,
  parseProfile,
  profileOfReplica,
  setValues,
  withValue,
} from './profiles/schema.ts';
export { profileTemplate } from './profiles/template.ts';
export { isPossible, isWhole, possibleValues, type Unit } from './profiles/units.ts';
export {
  type LargeWrites,
  largeWriteGbps,
  readLatencyNs,
  type WriteRate,
  writeLatencyNs,
  writeRateMps,
} from './verb-experiments.ts';
