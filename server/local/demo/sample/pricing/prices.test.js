import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceOf } from './prices.js';
import { rateOf } from './tax.js';

test('known products have a price, others have none', () => {
  assert.ok(priceOf('tea'));
  assert.equal(priceOf('coffee'), undefined);
});

test('there is a tax rate at home', () => {
  assert.equal(rateOf('DE'), 19);
});
