import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import { paper2018 } from './profiles/paper-2018.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { setValues } from './profiles/schema.ts';
import { optaneCx6 } from './profiles/variants.ts';
import { largeWriteGbps, readLatencyNs, writeLatencyNs, writeRateMps } from './verb-experiments.ts';

/** Nanoseconds on the wire. */
const wire = ({ link }: HardwareProfile, bytes: number): number =>
  ((link.headerBytes.value + bytes) * 8) / link.rateGbps.value;

/** From the start of posting to the message's last bit, without its time on the wire. */
const there = ({ nic, pcie, link }: HardwareProfile): number =>
  nic.workRequestNs.value +
  nic.doorbellNs.value +
  pcie.postedNs.value +
  2 * nic.pipelineNs.value +
  link.propagationNs.value;

const near = (model: number, expected: number): void =>
  assert(Math.abs(model - expected) < 0.01, `${model}, expected ${expected}`);

describe('perftest on the model', () => {
  for (const profile of [optaneCx5, paper2018, optaneCx6]) {
    it(`has the sum of all stages on ${profile.name}`, () => {
      const { nic, pcie, link } = profile;
      for (const bytes of [8, 64]) {
        const onPcie = ((pcie.headerBytes.value + bytes) * 8) / pcie.rateGbps.value;
        const oneWay = there(profile) + wire(profile, bytes) + onPcie + pcie.postedNs.value;
        near(writeLatencyNs(profile, bytes), oneWay);
      }
      const back = 2 * nic.pipelineNs.value + link.propagationNs.value + pcie.postedNs.value;
      const read = there(profile) + pcie.readRoundTripNs.value + back + 2 * wire(profile, 0);
      near(readLatencyNs(profile), read);
    });
  }

  it('sends small messages at the rate of the queue pair, or of the core that posts', () => {
    near(writeRateMps(optaneCx5, { bytes: 8, queuePairs: 1 }), 7.5);
    near(writeRateMps(optaneCx5, { bytes: 64, queuePairs: 8 }), 12.5);
    const slow = setValues(optaneCx5, [['nic.nicRateMps', 10]]);
    near(writeRateMps(slow, { bytes: 8, queuePairs: 8 }), 10);
  });

  it('sends large messages at the rate of the link less its headers', () => {
    near(largeWriteGbps(optaneCx5, { bytes: 65536, mtuBytes: 4096 }), (12.5 * 4096) / 4194);
    near(largeWriteGbps(optaneCx5, { bytes: 65536, mtuBytes: 1024 }), (12.5 * 1024) / 1122);
  });
});
