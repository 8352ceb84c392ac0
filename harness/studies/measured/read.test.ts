import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantityNamed } from '../calibration/index.ts';
import { readMeasured } from './read.ts';

const figures = (text: string, name = 'a.txt', dimms = 6) =>
  readMeasured(text, name, dimms).rows.map(
    ({ quantity, value }) => [quantity.name, Number(value.toPrecision(6)), quantity.unit] as const,
  );
const skipped = (text: string, name = 'a.txt') => readMeasured(text, name, 6).skipped;
const refused = (text: string, message: RegExp) =>
  assert.throws(() => readMeasured(text, 'a.csv', 6), { name: 'UsageError', message });

const RULE = '-'.repeat(87);

/** Text as perftest prints it, with what it says in between. */
function perftest(title: string, columns: string, rows: readonly string[], qps = 1): string {
  return `
************************************
* Waiting for client to connect... *
************************************
${RULE}
                    ${title}
 Dual-port       : OFF\t\tDevice         : mlx5_0
 Number of qps   : ${qps}\t\tTransport type : IB
 Connection type : RC\t\tUsing SRQ      : OFF
 TX depth        : 128
 Mtu             : 2048[B]
 Link type       : IB
${RULE}
 local address: LID 0x02 QPN 0x01a7 PSN 0x1d0a6e RKey 0x181cbe VAddr 0x00000002ea9000
${RULE}
${columns}
Conflicting CPU frequency values detected: 3902.477000 != 400.000000. CPU Frequency is not max.
${rows.join('\n')}
${RULE}
`;
}

const LATENCY =
  ' #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    t_stdev[usec]   99% percentile[usec]   99.9% percentile[usec] ';
const BANDWIDTH =
  ' #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]';
const SIZES = [
  ' 2       1000          0.83           2.31         0.86     \t       0.87        \t0.04   \t\t0.94    \t\t2.31   ',
  ' 64      1000          0.88           2.31         0.90     \t       0.91        \t0.04   \t\t0.94    \t\t2.31   ',
  ' 4096    1000          1.88           3.31         1.95     \t       1.97        \t0.04   \t\t0.94    \t\t2.31   ',
];

describe('text of perftest', () => {
  it('gives the median of the largest message up to a line', () => {
    const write = perftest('RDMA_Write Latency Test', LATENCY, SIZES);
    assert.deepEqual(figures(write), [['ib_write_lat 64 B', 900, 'ns']]);
    const read = perftest('RDMA_Read Latency Test', LATENCY, SIZES.slice(0, 1));
    assert.deepEqual(figures(read), [['ib_read_lat', 860, 'ns']]);
    const small = perftest('RDMA Write Latency Test', LATENCY, SIZES.slice(0, 1));
    assert.deepEqual(figures(small), [['ib_write_lat 8 B', 860, 'ns']]);
  });

  it('gives the mean where a run of fixed duration has only that', () => {
    const columns = ' #bytes        #iterations       t_avg[usec]    tps average';
    const text = perftest('RDMA_Write Latency Test', columns, [' 64       99  1.02   980392.1']);
    assert.deepEqual(figures(text), [['ib_write_lat 64 B', 1020, 'ns']]);
  });

  it('gives the rate of small messages and the bandwidth of large ones, whatever its unit', () => {
    const rows = [
      ' 64         5000           173.55             171.66             2.812504',
      ' 65536      5000             11063.53            11063.36\t\t   0.177014',
    ];
    assert.deepEqual(figures(perftest('RDMA_Write BW Test', BANDWIDTH, rows, 4)), [
      ['ib_write_bw 64 B, 4 queue pairs', 2.8125, 'M/s'],
      ['ib_write_bw 65536 B, MTU 2048 B', 11.6008, 'GB/s'],
    ]);
    const gbits = BANDWIDTH.replaceAll('MB/sec', 'Gb/sec');
    const [, last] = figures(
      perftest('RDMA_Write BW Test', gbits, [rows[0], ' 65536 5000 0.00 92.81 0.177014']),
    );
    assert.deepEqual(last, ['ib_write_bw 65536 B, MTU 2048 B', 11.6008, 'GB/s']);
  });

  it('reads several runs of one file, and says what the model has not', () => {
    const both =
      perftest('RDMA_Write Latency Test', LATENCY, SIZES) +
      perftest('Atomic FETCH_AND_ADD Latency Test', LATENCY, SIZES.slice(0, 1)) +
      perftest('RDMA_Read Latency Test', LATENCY, SIZES);
    assert.deepEqual(
      figures(both).map(([name]) => name),
      ['ib_write_lat 64 B', 'ib_read_lat'],
    );
    assert.match(skipped(both)[0], /Atomic .*the model has no Atomic Latency/);
    const [both_ways] = skipped(perftest('RDMA_Write Bidirectional BW Test', BANDWIDTH, []));
    assert.match(both_ways, /no row of results/);
    const cycles = perftest('RDMA_Write Latency Test', LATENCY.replaceAll('usec', 'cycles'), SIZES);
    assert.match(skipped(cycles)[0], /no time in usec/);
  });

  it('takes the test from the name of a file that has lost its head', () => {
    const table = `${LATENCY}\n${SIZES.join('\n')}`;
    assert.deepEqual(figures(table, 'x/ib_read_lat.txt'), [['ib_read_lat', 900, 'ns']]);
    assert.match(skipped(table)[0], /no head that names the test/);
  });
});

describe('JSON of perftest', () => {
  const json = (quote: string) =>
    `{
${quote}test_info${quote}: {
${quote}test${quote}: ${quote}RDMA_Write_Latency_Test${quote},
${quote}Device${quote}: "rxe0",
${quote}Number_of_qps${quote}: 1,
${quote}TX_depth ${quote}: 1,
${quote}Mtu${quote}: 1024,
},
${quote}results${quote}: {
${quote}MsgSize${quote}: 8,
${quote}n_iterations${quote}: 5000,
${quote}t_min${quote}: 2.37,
${quote}t_typical${quote}: 2.42,
${quote}t_avg${quote}: 2.43,
${quote}percentile_99.9${quote}: 4.03,
}
}`;

  it('is read as it is, and as older releases wrote it, without quotes', () => {
    const expected = [['ib_write_lat 8 B', 2420, 'ns']];
    assert.deepEqual(figures(json('"')), expected);
    assert.deepEqual(figures(json('')), expected);
  });

  it('of bandwidth gives the payload by messages and their size', () => {
    const text = `{"test_info": {"test": "RDMA_Write_BW_Test", "Number_of_qps": 1, "Mtu": 4096},
      "results": {"MsgSize": 65536, "n_iterations": 5000, "BW_peak": 0, "BW_average": 92.8, "MsgRate": 0.177014}}`;
    assert.deepEqual(figures(text), [['ib_write_bw 65536 B, MTU 4096 B', 11.6008, 'GB/s']]);
  });
});

describe('results of perma-bench', () => {
  const run = (
    config: object,
    results = { accessed_bytes: 6442450944, execution_time: 25.775769929 },
  ) => ({
    config: {
      access_size: 64,
      exec_mode: 'random',
      memory_type: 'pmem',
      number_threads: 1,
      operation: 'write',
      persist_instruction: 'cache',
      ...config,
    },
    results,
  });
  const file = (...runs: object[]) => JSON.stringify([{ bm_name: 'x', benchmarks: runs }]);

  it('give the time of an access, as the public ones do', () => {
    const [[name, value]] = figures(file(run({})), 'x.json', 1);
    assert.equal(name, 'persist uncached 64 B, 1 DIMM, store+clwb+sfence');
    assert.equal(Math.round(value), 256);
    assert.equal(quantityNamed(name)?.unit, 'ns');
    const [[other]] = figures(file(run({ persist_instruction: 'nocache' })));
    assert.equal(other, 'persist uncached 64 B, 6 DIMMs, ntstore+sfence');
  });

  it('are left out where the model has no counterpart, with why and how many', () => {
    const others = [
      run({ number_threads: 2 }),
      run({ number_threads: 4 }),
      run({ operation: 'read' }),
      run({ persist_instruction: 'none' }),
      run({ exec_mode: 'sequential' }),
      run({ memory_type: 'dram' }),
      run({}, { accessed_bytes: 0, execution_time: 1 }),
    ];
    const lines = skipped(file(...others));
    assert.match(lines[0], /2 runs: more than one thread/);
    assert.equal(lines.length, 6);
  });
});

describe('CSV', () => {
  it('converts units, and knows values of a profile and sizes that no row has', () => {
    const text = `quantity,value,unit
ib_read_lat,2.25,us
# a comment
"one DIMM, random writes of 256 B",17.6,Gb/s
"one DIMM, clwb, 3 threads",2048,MiB/s
persist 192 B by ntstore+fence,150,ns
pcie.readRoundTripNs,0.9,µs
memory.dimmCount,4,
"ib_write_bw 8 B, 1 queue pair",5000,k/s`;
    assert.deepEqual(figures(text), [
      ['ib_read_lat', 2250, 'ns'],
      ['one DIMM, random writes of 256 B', 2.2, 'GB/s'],
      ['one DIMM, clwb, 3 threads', 2.14748, 'GB/s'],
      ['persist 192 B by ntstore+fence', 150, 'ns'],
      ['pcie.readRoundTripNs', 900, 'ns'],
      ['memory.dimmCount', 4, 'count'],
      ['ib_write_bw 8 B, 1 queue pair', 5, 'M/s'],
    ]);
  });

  it('may be calibration.csv with other figures, or have other separators', () => {
    const rows =
      'profile,quantity,unit,model,measured\nx,ib_read_lat,ns,1,900\nx,ib_read_lat,ns,1,\n';
    assert.deepEqual(figures(rows), [['ib_read_lat', 900, 'ns']]);
    assert.deepEqual(figures('Quantity; Value; Unit\nib_read_lat; 1; ms\n'), [
      ['ib_read_lat', 1e6, 'ns'],
    ]);
  });

  it('names every bad row, with what is accepted or was meant', () => {
    const bad = `quantity,value,unit
ib_raed_lat,2,us
ib_read_lat,2,GB/s
ib_read_lat,fast,us
ib_read_lat,-1,us
persist 65 B by ntstore+fence,3,us
ib_read_lat,0,ns`;
    refused(bad, /line 2: no quantity 'ib_raed_lat': did you mean ib_read_lat\?/);
    refused(bad, /line 3: the unit 'GB\/s' of ib_read_lat is not one of ns, /);
    refused(bad, /line 4: the value 'fast' of ib_read_lat is not a number above 0/);
    refused(bad, /line 5: .*\n {2}line 6: .*\n {2}line 7: /);
    refused('quantity,value,unit\none DIMM, clwb, 1 thread,2,GB/s', /line 2: more fields.*quotes/);
    refused('a,b\n1,2', /a\.csv has not a head line .* begins with "a,b"/);
    refused('', /begins with nothing/);
    refused('{"a": 1}', /JSON of no known kind; accepted: CSV/);
    refused('{"a": ', /is not JSON/);
  });
});
