import assert from 'node:assert/strict';
import { test } from 'node:test';
import { total } from './total.js';

test('an empty basket costs nothing', () => {
  assert.equal(total([]).text, '0.00 EUR');
});
