import { createServer } from 'node:http';
import { assertPrice } from '../contracts/price.js';
import { priceOf } from './prices.js';

const { pricing } = JSON.parse(process.env.PORTS);

createServer((request, response) => {
  const id = request.url.replace('/prices/', '');
  const price = priceOf(id);
  if (price === undefined) return response.writeHead(404).end(`no price for ${id}`);
  try {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(assertPrice(price)));
  } catch (error) {
    response.writeHead(500).end(`pricing breaks the contract: ${error.message}`);
  }
}).listen(pricing, '127.0.0.1', () => console.log('pricing is up'));
