/** Machines of `hardware.csv`: `paper-2018` with other values, as profiles to write. */

/** The profile that all these machines differ from. */
export const BASE = 'paper-2018';

interface Quantity {
  readonly value: number;
  readonly unit: string;
  readonly basis: 'assumed';
  readonly source: string;
  readonly range: readonly [number, number];
}

type Groups = Readonly<Record<string, Readonly<Record<string, Quantity>>>>;

/** A profile, and what its rows say of it in columns of their own. */
export interface Machine {
  readonly profile: {
    readonly name: string;
    readonly summary: string;
    readonly extends: string;
  } & Groups;
  readonly labels: Readonly<Record<string, string>>;
}

/** A machine named `name` with `values`, each at `group.key`. */
function machine(
  name: string,
  labels: Readonly<Record<string, string>>,
  values: readonly { readonly path: string; readonly unit: string; readonly value: number }[],
): Machine {
  const groups: Record<string, Record<string, Quantity>> = {};
  for (const { path, unit, value } of values) {
    const [group, key] = path.split('.');
    groups[group] = {
      ...groups[group],
      [key]: { value, unit, basis: 'assumed', source: 'varied', range: [value, value] },
    };
  }
  const profile = { name, summary: 'varied for a figure', extends: BASE, ...groups };
  return { profile: profile as Machine['profile'], labels };
}

/** What `hardware.csv` varies, one at a time; paths that vary in step stand together. */
const AXES = [
  {
    quantity: 'PM persist latency',
    unit: 'ns',
    paths: ['path.clwbPathNs', 'path.ntStorePathNs', 'ddio.memoryPathNs'],
    values: [60, 100, 200, 400, 1000],
  },
  {
    quantity: 'network propagation, one way',
    unit: 'ns',
    paths: ['link.propagationNs'],
    values: [125, 250, 500, 1000, 2000],
  },
  {
    quantity: 'PCIe read round trip (replica flush)',
    unit: 'ns',
    paths: ['pcie.readRoundTripNs'],
    values: [200, 400, 600, 1000, 1400],
  },
  {
    quantity: 'link rate',
    unit: 'Gb/s',
    paths: ['link.rateGbps'],
    values: [10, 25, 40, 100, 200],
  },
] as const;

/** The machines of `hardware.csv`. */
export function hardwareMachines(): Machine[] {
  return AXES.flatMap(({ quantity, unit, paths, values }) =>
    values.map((value) =>
      machine(
        `${paths[0].split('.')[1].toLowerCase()}-${value}`,
        { quantity, unit, value: String(value) },
        paths.map((path) => ({ path, unit, value })),
      ),
    ),
  );
}
