import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendNamed, ONE_REPLICA, profileNamed } from '../../../rdma/index.ts';
import { resolveWorkload } from '../../../workloads/index.ts';
import { type Exploration, Explorer } from '../check/explore.ts';
import { crashTrace } from '../history/recorded-trace.ts';
import { record } from '../history/recording.ts';
import { timelineOf } from '../history/timeline.ts';

/** Methods that touch as many bytes as the array, or what is given to it, has. */
const BULK = ['slice', 'fill', 'set'] as const;

function bulkBytesOf(name: string, array: Uint8Array, given: readonly unknown[]): number {
  const size = array.BYTES_PER_ELEMENT;
  if (name === 'set') return (given[0] as ArrayLike<number>).length * size;
  const [from = 0, to = array.length] = (name === 'fill' ? given.slice(1) : given) as number[];
  return (to - from) * size;
}

/** What exploring ctree takes: the size of its heap, and bytes copied or filled in bulk. */
function explored(
  imagesPerCrash: number,
  interruptOneIn: number,
): Exploration & { heapBytes: number; bulkBytes: number } {
  const workload = resolveWorkload('ctree');
  const [backend, profile] = [backendNamed('sm-ob'), profileNamed('optane-cx5')];
  assert(workload !== undefined);
  const configured = workload.configure(workload.smallParameters);
  const recording = record({ configured, threads: 1, seed: 1, transactions: 12 });
  const trace = crashTrace(recording);
  const timeline = timelineOf(trace, { backend, profile, ...ONE_REPLICA });
  const thoroughness = { seed: 1, crashes: 100, imagesPerCrash, resumeOneIn: 8, interruptOneIn };
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  const originals = BULK.map((name) => [name, typedArray[name]] as const);
  let bulkBytes = 0;
  for (const [name, original] of originals) {
    typedArray[name] = function (this: Uint8Array, ...given: unknown[]) {
      const result = original.apply(this, given);
      bulkBytes += bulkBytesOf(name, this, given);
      return result;
    };
  }
  try {
    const exploration = new Explorer(trace, thoroughness).explore(timeline);
    return { ...exploration, heapBytes: recording.heapBytes, bulkBytes };
  } finally {
    for (const [name, original] of originals) typedArray[name] = original;
  }
}

/** More images of the same crashes: what each of the further ones takes, and the recoveries for it. */
function costOfMore(interruptOneIn: number) {
  const [few, many] = [explored(4, interruptOneIn), explored(32, interruptOneIn)];
  assert.equal(many.failure, null);
  const images = many.distinctImages - few.distinctImages;
  assert(images > 100, `${images} further images`);
  return {
    heapBytes: many.heapBytes,
    bytesPerImage: (many.bulkBytes - few.bulkBytes) / images,
    recoveriesPerImage: (many.recoveries - few.recoveries) / images,
  };
}

test('an image is recovered once, and costs what it differs in, not a copy of the heap', () => {
  const { heapBytes, bytesPerImage, recoveriesPerImage } = costOfMore(2 ** 32);
  assert.equal(recoveriesPerImage, 1);
  assert(heapBytes > 1 << 20 && bytesPerImage < heapBytes / 500, `${bytesPerImage} B an image`);
});

test('an interrupted recovery costs no copy of the heap either', () => {
  const { heapBytes, bytesPerImage, recoveriesPerImage } = costOfMore(1);
  // The image; to count and to fail, once or twice; and up to four images of the last failure.
  assert(recoveriesPerImage > 4 && recoveriesPerImage <= 9, `${recoveriesPerImage} recoveries`);
  assert(bytesPerImage < heapBytes / 50, `${bytesPerImage} B an image`);
});
