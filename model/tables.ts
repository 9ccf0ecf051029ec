/** Values by number: each part of a state is kept once, and a state is a handful of numbers. */

export interface Table<T> {
  id(value: T): number;
  at(id: number): T;
  size(): number;
}

/** Equal values, by their JSON, get the same number. A value is never changed once it is here. */
export function createTable<T>(): Table<T> {
  const values: T[] = [];
  const byText = new Map<string, number>();
  const byObject = new WeakMap<object, number>();

  function find(value: T): number {
    const text = JSON.stringify(value);
    const known = byText.get(text);
    if (known !== undefined) return known;
    const id = values.length;
    values.push(value);
    byText.set(text, id);
    return id;
  }

  return {
    id(value) {
      if (typeof value !== 'object' || value === null) return find(value);
      const known = byObject.get(value);
      if (known !== undefined) return known;
      const id = find(value);
      byObject.set(value, id);
      return id;
    },
    at(id) {
      const value = values[id];
      if (value === undefined) throw new Error(`expected a value number ${id}, found ${values.length} values`);
      return value;
    },
    size: () => values.length,
  };
}
