import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Op } from '../pm/op.ts';
import { Random } from '../pm/random.ts';
import { MemoryTrace, recordersInto } from '../pm/trace.ts';
import { BACKENDS } from './backends/index.ts';
import { createMirror } from './mirror.ts';
import { withValue } from './profile-schema.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';

const HEAP_BYTES = 1 << 20;
const TRANSACTIONS = 20;
const LINES_MAX = 300;

/** Transactions that end in an ordering fence with a durability fence right behind it. */
function fencesBehindFences(): MemoryTrace {
  const trace = new MemoryTrace(1, HEAP_BYTES);
  const [recorder] = recordersInto(trace);
  const random = new Random(1, 0);
  let offset = 0;
  for (let t = 0; t < TRANSACTIONS; t++) {
    for (let i = random.between(1, LINES_MAX); i > 0; i--) {
      // Each line once, so that no cache at a replica makes one of two copies.
      offset += 64;
      recorder.op(Op.STORE, offset, 8);
      recorder.op(Op.WRITE_BACK, offset, 8);
    }
    recorder.op(Op.ORDERING_FENCE, 0, 0);
    recorder.op(Op.DURABILITY_FENCE, 0, 0);
  }
  recorder.flush();
  return trace;
}

test('a full send queue loses nothing: at a durability point every line sent is durable', () => {
  // Losses fill the queue: what is behind a lost message waits for the timeout.
  const profile = withValue(optaneCx5, 'link.lossProbability', '0.1');
  for (const backend of BACKENDS.filter(({ durability }) => durability !== null)) {
    let sent = 0;
    const durable = [0, 0];
    const mirror = createMirror({
      backend,
      profile,
      cores: 1,
      replicas: 2,
      heapBytes: HEAP_BYTES,
      observer: {
        onSend: () => sent++,
        onReplicaDurable: (replica) => durable[replica]++,
        onFenceDone(_core, durability) {
          if (durability) assert.deepEqual(durable, [sent, sent], backend.name);
        },
      },
    });
    mirror.replay(fencesBehindFences());
    const { counts } = mirror.finish();
    assert(counts.retransmissions > 0 && sent > TRANSACTIONS, backend.name);
  }
});
