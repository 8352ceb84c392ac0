/**
 * Many cores and more than one replica: throughput saturates at the bound that the profile gives,
 * computed here from its values, and never passes it.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backendNamed } from './backends/index.ts';
import { optaneCx5 } from './profiles/optane-cx5.ts';
import type { HardwareProfile } from './profiles/profile.ts';
import { setValues, withValue } from './profiles/schema.ts';
import { ROOMY, randomLines, run } from './testing/runs.ts';

const LINE_WIRE_BYTES = 64 + 98;

/** A line with its header on PCIe. */
const pcieLineNs = ({ pcie }: HardwareProfile) =>
  ((64 + pcie.headerBytes.value) * 8) / pcie.rateGbps.value;

/** From a doorbell to the acknowledgement of a line, with nothing else in flight. */
const plainTripNs = ({ pcie, nic, link }: HardwareProfile) =>
  2 * (pcie.postedNs.value + 2 * nic.pipelineNs.value + link.propagationNs.value) +
  ((LINE_WIRE_BYTES + LINE_WIRE_BYTES - 64) * 8) / link.rateGbps.value;

/** Lines a second through two places in the host that are free again once a line has crossed PCIe. */
const pcieOnly = (profile: HardwareProfile) =>
  (2 * 1e9) / (profile.pcie.postedNs.value + pcieLineNs(profile));

/** Random lines a second that the media of one DIMM write, a block each. */
const BLOCKS = 1e9 / optaneCx5.memory.mediaBlockWriteNs.value;

/** Lines a second to each replica. */
function throughput(profile: HardwareProfile, cores: number, options = {}): number {
  // One core needs long epochs to be busy while it waits for a fence's round trip.
  const trace = cores === 1 ? randomLines(1, 8, 2048) : randomLines(cores, 256 / cores, 64);
  const report = run(trace, { backend: backendNamed('sm-dd'), profile, ...options });
  return (report.counts.linesWrittenBack * 1e12) / report.elapsedPs;
}

describe('throughput saturates at the bound of the profile and never passes it', () => {
  const limits: Record<string, [profile: HardwareProfile, linesPerSecond: number, cores: number]> =
    {
      'the rate of one queue pair': [ROOMY, 7.5e6, 1],
      'the message rate of the NIC': [withValue(ROOMY, 'nic.nicRateMps', 12), 12e6, 32],
      'the link': [withValue(ROOMY, 'link.rateGbps', 10), 10e9 / (8 * LINE_WIRE_BYTES), 32],
      PCIe: [withValue(ROOMY, 'pcie.rateGbps', 8), 8e9 / (8 * (64 + 24)), 32],
      "the replica's media, a block a random line": [
        setValues(ROOMY, [
          ['replicaMemory.dimmCount', 1],
          ['replicaMemory.mediaBufferBytes', 256],
        ]),
        BLOCKS,
        32,
      ],
      "the way from the replica's WPQ into the DIMM": [
        setValues(ROOMY, [
          ['replicaMemory.dimmCount', 1],
          ['replicaMemory.mediaBlockWriteNs', 1],
          ['replicaMemory.wpqDrainNs', 150],
        ]),
        1e9 / 150,
        32,
      ],
      'places in the host, each for as long as a line is on its way to memory': [
        withValue(ROOMY, 'pcie.hostBufferLines', 2),
        (2 * 1e9) / (ROOMY.pcie.postedNs.value + pcieLineNs(ROOMY) + ROOMY.ddio.memoryPathNs.value),
        32,
      ],
      'send-queue entries, each for as long as a round trip': [
        withValue(ROOMY, 'nic.sendQueueEntries', 8),
        // One is kept back for the fence.
        (7 * 1e9) / plainTripNs(ROOMY),
        1,
      ],
    };
  for (const [what, [profile, bound, cores]] of Object.entries(limits)) {
    it(what, () => {
      const reached = throughput(profile, cores);
      assert(reached <= bound * 1.001, `${reached} lines/s is above ${bound}`);
      assert(reached >= bound * 0.9, `${reached} lines/s is far below ${bound}`);
    });
  }

  it('no design passes any of these', () => {
    for (const [what, [profile, bound, cores]] of Object.entries(limits)) {
      for (const name of ['sm-rc', 'sm-ob']) {
        // Lines that go into the cache do not hold a place in the host on their way to memory.
        const places = what.startsWith('places') ? pcieOnly(profile) : bound;
        const reached = throughput(profile, cores, { backend: backendNamed(name) });
        assert(
          reached <= places * 1.001,
          `${name}, ${what}: ${reached} lines/s is above ${places}`,
        );
        assert(
          reached >= places / 3,
          `${name}, ${what}: ${reached} lines/s is far below ${places}`,
        );
      }
    }
  });

  it("the primary's media", () => {
    const profile = setValues(ROOMY, [
      ['memory.dimmCount', 1],
      ['memory.mediaBufferBytes', 256],
    ]);
    const { mediaBlockWriteNs, lineReadNs } = ROOMY.memory;
    // Each line is fetched before it is written.
    const bound = 1e9 / (mediaBlockWriteNs.value + lineReadNs.value);
    for (const name of ['no-sm', 'sm-rc', 'sm-ob', 'sm-dd']) {
      const reached = throughput(profile, 32, { backend: backendNamed(name) });
      // A line drawn twice is fetched once.
      assert(reached <= bound * 1.01 && reached >= bound * 0.9, `${name}: ${reached}`);
    }
  });

  it('persistent caches: the media of either side, once the cache is full', () => {
    const oneDimm = (llc: string, memory: string) =>
      setValues(ROOMY, [
        [`${llc}.llcBytes`, 81_920],
        [`${memory}.persistenceDomain`, 'eadr'],
        [`${memory}.dimmCount`, 1],
        [`${memory}.mediaBufferBytes`, 256],
      ]);
    const replica = oneDimm('replicaLlc', 'replicaMemory');
    const primary = oneDimm('llc', 'memory');
    for (const [profile, design] of [
      [replica, 'sm-rc'],
      [replica, 'sm-ob'],
      [primary, 'no-sm'],
      [primary, 'sm-dd'],
    ] as const) {
      const reached = throughput(profile, 32, { backend: backendNamed(design) });
      // What fits into the cache is not held up: an eighth at most of the lines here.
      assert(reached <= BLOCKS * 1.13, `${design}: ${reached} lines/s`);
      assert(reached >= BLOCKS * 0.9, `${design}: ${reached} lines/s`);
    }
  });

  it('more cores never lower it, from 1 to 64', () => {
    let before = 0;
    for (const cores of [1, 2, 4, 8, 16, 32, 64]) {
      const now = throughput(ROOMY, cores);
      assert(now > before * 0.98, `${cores} cores: ${now} after ${before}`);
      before = now;
    }
  });

  it('k replicas share the primary: a NIC-bound stream to two goes half as fast', () => {
    const profile = limits['the message rate of the NIC'][0];
    const [one, two] = [1, 2].map((replicas) => throughput(profile, 32, { replicas }));
    assert(Math.abs(one / two - 2) < 0.1, `${one} and ${two}`);
  });

  it('one queue pair shared by all cores limits them to its rate', () => {
    const shared = throughput(ROOMY, 16, { queuePairs: 'shared' });
    assert(shared <= 7.5e6 && shared > 6.5e6, `${shared}`);
    assert(throughput(ROOMY, 16) > 3 * shared);
  });
});

describe('a lossy link', () => {
  it('is taken by each message as often as it is sent, lost or not', () => {
    const profile = setValues(ROOMY, [
      ['link.rateGbps', 1],
      ['link.lossProbability', 0.5],
      ['nic.retransmitNs', 1],
    ]);
    for (const name of ['sm-dd', 'sm-sb']) {
      const { elapsedPs, counts } = run(randomLines(8, 10, 4), {
        backend: backendNamed(name),
        profile,
        seed: 1,
      });
      assert(counts.retransmissions > 100, `${counts.retransmissions}`);
      const bitsPerNs = 1;
      const wireNs = (counts.linkBytes * 8) / bitsPerNs;
      assert(elapsedPs / 1000 >= wireNs, `${name}: ${elapsedPs} ps for ${wireNs} ns on the link`);
    }
  });
});

describe('the bound', () => {
  it('is below every design and above no mirroring, on any shape and any number of cores', () => {
    for (const [cores, lines] of [
      [1, 1],
      [1, 64],
      [4, 3],
      [16, 8],
    ]) {
      const trace = randomLines(cores, 20, lines);
      const elapsed = (name: string) =>
        run(trace, { backend: backendNamed(name), profile: optaneCx5 }).elapsedPs;
      const bound = elapsed('ideal');
      assert(elapsed('no-sm') <= bound);
      for (const name of ['sm-rc', 'sm-ob', 'sm-dd']) assert(bound < elapsed(name), name);
    }
  });
});
