import { fastify } from 'fastify';
import { pinToOneServer } from './fastify-listen';

describe('a Fastify service told to listen on localhost', () => {
  it.each([{ port: 0 }, { port: 0, host: 'localhost' }])('has one server, which the recorder stands before: %j', async (options) => {
    const app = fastify();
    pinToOneServer('fastify', app);
    await app.listen(options);
    expect(app.addresses()).toEqual([expect.objectContaining({ address: '127.0.0.1' })]);
    await app.close();
  });

  it('listens where it is told to, otherwise', async () => {
    const app = fastify();
    pinToOneServer('fastify', app);
    await app.listen({ port: 0, host: '0.0.0.0' });
    expect(app.addresses()).toEqual([expect.objectContaining({ address: '0.0.0.0' })]);
    await app.close();
  });
});
