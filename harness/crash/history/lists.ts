/** Lists by key, made when they are first asked for. */

/** The list at `key`, a new one if there is none. */
export function listAt<T>(lists: Map<number, T[]>, key: number): T[] {
  let list = lists.get(key);
  if (list === undefined) {
    list = [];
    lists.set(key, list);
  }
  return list;
}
