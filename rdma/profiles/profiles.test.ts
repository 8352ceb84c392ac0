/** Checks of the finished model against measurements that no single stage was set from alone. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durableWriteNs, plainWriteNs, remoteWriteRateMps } from '../experiments.ts';
import { PROFILES } from './index.ts';
import { optaneCx5 } from './optane-cx5.ts';
import { paper2018 } from './paper-2018.ts';
import { quantities } from './profile.ts';

const within = (value: number, low: number, high: number, tolerance: number) =>
  value >= low * (1 - tolerance) && value <= high * (1 + tolerance);

describe('optane-cx5 against measurements', () => {
  it('a 64 B WRITE is acknowledged after 1.4 us', () => {
    const ns = plainWriteNs(optaneCx5);
    assert(within(ns, 1400, 1400, 0.01), `${ns} ns`);
  });

  it('a durable 64 B WRITE costs 1.3 to 1.5 us more than a plain one, within 10 %', () => {
    const added = durableWriteNs(optaneCx5) - plainWriteNs(optaneCx5);
    assert(within(added, 1300, 1500, 0.1), `${added} ns`);
    const flush = optaneCx5.pcie.readRoundTripNs.value;
    assert(flush / added > 0.8, 'nearly all of it is the flush');
  });

  it('random 64 B WRITEs into one DIMM run at 9 M/s, within 10 %', () => {
    const rate = remoteWriteRateMps(optaneCx5, 1);
    assert(within(rate, 9, 9, 0.1), `${rate} M/s`);
  });

  it('six DIMMs take more than four times what one takes', () => {
    assert(remoteWriteRateMps(optaneCx5, 6) > 4 * remoteWriteRateMps(optaneCx5, 1));
  });
});

describe('paper-2018', () => {
  it('acknowledges a 64 B WRITE after the 1.5 us it is derived from', () => {
    const ns = plainWriteNs(paper2018);
    assert(within(ns, 1500, 1500, 0.01), `${ns} ns`);
  });

  it('assumes whatever was not true of every Xeon of the time', () => {
    const known = quantities(paper2018).filter(([, { basis }]) => basis !== 'assumed');
    assert.deepEqual(
      known.map(([path]) => path),
      [
        ...['llc.llcWays', 'path.writeCombiningBuffers', 'pcie.headerBytes', 'ddio.enabled'],
        ...['ddio.canTurnOff', 'replicaLlc.llcWays'],
      ],
    );
  });
});

describe('every profile', () => {
  for (const profile of PROFILES) {
    it(`${profile.name}: every value has a source, every assumption a range that holds it`, () => {
      assert(quantities(profile).length > 40);
      for (const [path, { value, basis, source, range }] of quantities(profile)) {
        assert(source.length > 5, `${path}: source`);
        if (basis !== 'assumed') continue;
        assert(range !== undefined, `${path}: an assumption needs a range`);
        assert(range[0] <= value && value <= range[1], `${path}: outside its range`);
      }
    });
  }
});
