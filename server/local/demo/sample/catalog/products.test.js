import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find } from './products.js';

test('products are found by name', () => {
  assert.deepEqual(
    find('tea').map((product) => product.id),
    ['tea', 'pot'],
  );
});
