import { createServer } from 'node:http';
import { assertPrice } from '../contracts/price.js';
import { total } from './total.js';

const { checkout, pricing } = JSON.parse(process.env.PORTS);

async function priceOf(id) {
  const answer = await fetch(`http://127.0.0.1:${pricing}/prices/${id}`);
  if (!answer.ok) throw new Error(await answer.text());
  return assertPrice(await answer.json());
}

createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://checkout');
  try {
    const prices = await Promise.all((searchParams.get('items') ?? '').split(',').filter(Boolean).map(priceOf));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(total(prices)));
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
}).listen(checkout, '127.0.0.1', () => console.log('checkout is up'));
