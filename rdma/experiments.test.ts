import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remoteRewrite, writeAmplification } from './experiments.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import { setValues } from './profiles/schema.ts';

/** optane-cx5 with a small cache at the replica: 2048 lines a way. */
const SMALL_CACHE = setValues(optaneCx5, [['replicaLlc.llcBytes', String(11 * 2048 * 64)]]);

describe('DDIO', () => {
  it('evicts nothing while the lines fit into its ways, and most of them when they do not', () => {
    for (const [ddio, lines, low, high] of [
      [8, 2048, 0, 0],
      [8, 8192, 0, 0.1],
      [2, 2048, 0, 0.1],
      [2, 16384, 0.5, 0.95],
      [1, 16384, 0.7, 1],
    ] as const) {
      const { evictionsPerLine, ddioLines } = remoteRewrite(SMALL_CACHE, { ddio, lines });
      assert.equal(ddioLines, ddio * 2048);
      const what = `${lines} lines in ${ddio} ways: ${evictionsPerLine} evictions a line`;
      assert(evictionsPerLine >= low && evictionsPerLine <= high, what);
    }
  });

  it('evicts the less the more ways it has', () => {
    const evictions = [1, 2, 4, 8].map(
      (ddio) => remoteRewrite(SMALL_CACHE, { ddio, lines: 16384 }).evictionsPerLine,
    );
    assert.deepEqual(
      evictions,
      [...evictions].sort((a, b) => b - a),
    );
    assert(evictions[0] > evictions[3] + 0.3, evictions.join(' '));
  });

  it('that replaces at random evicts as many lines, and tears more of them from their blocks', () => {
    const random = setValues(SMALL_CACHE, [['ddio.randomReplacement', 1]]);
    const torn = remoteRewrite(random, { ddio: 2, lines: 8192 });
    const inOrder = remoteRewrite(SMALL_CACHE, { ddio: 2, lines: 8192 });
    assert(Math.abs(torn.evictionsPerLine - inOrder.evictionsPerLine) < 0.01);
    assert(torn.amplification > 1.15 * inOrder.amplification, `${torn.amplification}`);
    assert(torn.amplification <= 4.1);
  });

  it('makes the media write more than was written when it evicts, up to a block a line', () => {
    const fits = remoteRewrite(SMALL_CACHE, { ddio: 8, lines: 4096 });
    const evicts = remoteRewrite(SMALL_CACHE, { ddio: 2, lines: 32768 });
    const off = remoteRewrite(SMALL_CACHE, { ddio: 'off', lines: 32768 });
    for (const one of [fits, off]) assert(Math.abs(one.amplification - 1) < 0.05);
    assert(evicts.amplification > 1.5 && evicts.amplification <= 4.1, `${evicts.amplification}`);
    assert(off.evictionsPerLine === 0 && off.ddioLines === 0);
  });

  it('off, streams at the bandwidth of the DIMM; on, waits for the lines to be written back', () => {
    const off = remoteRewrite(SMALL_CACHE, { ddio: 'off', lines: 16384 });
    const on = remoteRewrite(SMALL_CACHE, { ddio: 8, lines: 8192 });
    const streamed = 4000 / optaneCx5.replicaMemory.mediaBlockWriteNs.value;
    assert(Math.abs(off.durableMps / streamed - 1) < 0.05, `${off.durableMps} M/s`);
    assert(on.durableMps < 0.7 * off.durableMps, `${on.durableMps} M/s`);
  });
});

describe('bytes that the media write per byte of random writes', () => {
  const measured: [bytes: number, ratio: number][] = [
    [64, 4.08],
    [128, 2.05],
    [256, 1.02],
  ];
  for (const [bytes, ratio] of measured) {
    it(`are ${ratio} for ${bytes} B, within 15 %`, () => {
      const what = { bytes, dimms: 1, threads: 1, by: 'ntstore' } as const;
      const modelled = writeAmplification(optaneCx5, { ...what, pattern: 'random' });
      assert(Math.abs(modelled / ratio - 1) < 0.15, `${modelled}`);
      const ordered = writeAmplification(optaneCx5, { ...what, pattern: 'sequential' });
      assert(Math.abs(ordered - 1) < 0.05, `${ordered} in order`);
    });
  }
});
