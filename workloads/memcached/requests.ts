/**
 * The requests of memcached's clients, cut into the transactions that the server answers them with.
 */

import { Random } from '../../pm/random.ts';
import { KEY_BYTES } from './items.ts';

/** Names of the transactions of a get and of a set, in the order of {@link Step}. */
export const TX_TYPES = [
  ...['getRead', 'getLookUp', 'getUpdate', 'getCount', 'getWrite', 'getRelease'],
  ...['setRead', 'setAllocate', 'setCount', 'setStore', 'setRelease', 'setWrite'],
] as const;

/** The transactions: values are indices of {@link TX_TYPES}. */
// biome-ignore format: a request a line
export const Step = {
  GET_READ: 0, GET_LOOK_UP: 1, GET_UPDATE: 2, GET_COUNT: 3, GET_WRITE: 4, GET_RELEASE: 5,
  SET_READ: 6, SET_ALLOCATE: 7, SET_COUNT: 8, SET_STORE: 9, SET_RELEASE: 10, SET_WRITE: 11,
} as const;

/** Each request is so many transactions. */
export const STEPS_PER_REQUEST = 6;

/** A client and the request that it is at. */
export interface Client {
  /** Draws its requests. */
  readonly random: Random;
  /** Draws its conflicts: apart, so that they do not change what it asks for. */
  readonly conflicts: Random;
  readonly key: Uint8Array;
  /** The next transaction; GET_READ also stands for no request. */
  step: number;
  /** Of a set: the value's size, and what its bytes are made from. */
  valueBytes: number;
  stamp: number;
  /** The item it holds, or 0. */
  item: number;
}

/** Streams of random numbers from here on are for conflicts. */
const CONFLICT_STREAM = 1024;

/** A client without a request, which draws from stream `stream` of the seed (below 1024). */
export function newClient(seed: number, stream: number): Client {
  return {
    random: new Random(seed, stream),
    conflicts: new Random(seed, CONFLICT_STREAM + stream),
    key: new Uint8Array(KEY_BYTES),
    step: Step.GET_READ,
    valueBytes: 0,
    stamp: 0,
    item: 0,
  };
}

/** What follows a step; a get of a key that is not there has nothing to update or release. */
export function nextStep(step: number, holdsItem: boolean): number {
  if (step === Step.GET_LOOK_UP && !holdsItem) return Step.GET_COUNT;
  if (step === Step.GET_WRITE && !holdsItem) return Step.GET_READ;
  if (step === Step.GET_RELEASE || step === Step.SET_WRITE) return Step.GET_READ;
  return step + 1;
}

/** Makes the client's key "key-" and twelve digits. */
export function nameKey(client: Client, keyNumber: number): void {
  const text = `key-${String(keyNumber).padStart(12, '0')}`;
  for (let i = 0; i < client.key.length; i++) client.key[i] = text.charCodeAt(i);
}

/** A key as text. */
export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
