/** What the harness uses of the far side: mirrors, and the tables of backends and profiles. */

export type { Backend, Posting } from './backend.ts';
export { BACKENDS, resolveBackend } from './backends/index.ts';
export { type DurabilitySemantics, durabilitySemantics } from './backends/semantics.ts';
export {
  durableWriteNs,
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
export { createMirror } from './mirror.ts';
export { CORES_MAX, type MirrorOptions, REPLICAS_MAX } from './mirror-options.ts';
export { type HardwareProfile, type Quantity, quantities } from './profile.ts';
export { ProfileError, parseProfile, setValues, withValue } from './profile-schema.ts';
export { PROFILES, resolveProfile } from './profiles/index.ts';
export { entriesKeptBack, type QueuePairs } from './remote.ts';
export type { ReplicaFault } from './replica-fault.ts';
export { carriesLine, Verb, type VerbCode } from './verb.ts';
