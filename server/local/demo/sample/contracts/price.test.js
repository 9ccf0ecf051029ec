import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPrice } from './price.js';

test('a price has an amount and a currency', () => {
  assert.deepEqual(assertPrice({ amount: 4, currency: 'EUR' }), { amount: 4, currency: 'EUR' });
  assert.throws(() => assertPrice({ euros: 4 }), /a price has/);
});
