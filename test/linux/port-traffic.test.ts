import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { createLinuxHost } from '../../helper/host/linux/host.ts';
import { createPortTraffic } from '../../helper/host/linux/port-traffic.ts';
import {
  AF_INET,
  AF_INET6,
  largestRequest,
  mostPorts,
  putRequest,
  readPart,
} from '../../helper/host/linux/sock-diag.ts';
import type { PortTraffic } from '../../helper/host/port.ts';
import { eventually } from '../fakes/service-supervisor.ts';

const reader = process.platform === 'linux' ? createPortTraffic() : null;
const skip = process.platform !== 'linux' ? 'sock_diag is of Linux' : (reader?.missing ?? false);
reader?.close();
const noIpv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ family }) => family === 'IPv6'))
  ? false
  : 'this machine has no IPv6';

interface Net {
  serve(host: string): Promise<number>;
  connect(port: number, host: string): Promise<Socket>;
  read(ports: readonly number[]): readonly PortTraffic[];
  one(port: number): PortTraffic;
}

/** Sockets of its own, closed at the end whatever happens. */
const withNet = async (body: (net: Net) => Promise<void>): Promise<void> => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  const traffic = createPortTraffic();
  const read = (ports: readonly number[]): readonly PortTraffic[] => {
    const found = traffic.read(ports);
    assert.ok(found !== null);
    return found;
  };
  const net: Net = {
    serve: async (host) => {
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => {});
        socket.pipe(socket);
      }).listen(0, host);
      servers.push(server);
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    connect: async (port, host) => {
      const socket = connect(port, host);
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    },
    read,
    one: (port) => {
      const [found] = read([port]);
      assert.ok(found !== undefined);
      return found;
    },
  };
  try {
    await body(net);
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    traffic.close();
    traffic.close();
  }
};

const echo = async (socket: Socket, text: string): Promise<void> => {
  socket.write(text);
  let heard = 0;
  while (heard < text.length) heard += String(await once(socket, 'data')).length;
};

describe('traffic at ports', { skip }, () => {
  test('counts who is connected to a port, not who listens there, nor the other ends', () =>
    withNet(async (net) => {
      const port = await net.serve('127.0.0.1');
      assert.deepEqual(net.one(port), { port, connections: 0, mark: 0 });
      const socket = await net.connect(port, '127.0.0.1');
      await net.connect(port, '127.0.0.1');
      await eventually('both are there', () => (net.one(port).connections === 2 ? true : null));
      // The client's own end is a connection at another port.
      assert.equal(net.one(socket.localPort ?? 0).connections, 1);
    }));

  test('the mark grows by what moves in both directions, and by nothing else', () =>
    withNet(async (net) => {
      const [port, other] = [await net.serve('127.0.0.1'), await net.serve('127.0.0.1')];
      const socket = await net.connect(port, '127.0.0.1');
      const idle = net.one(port);
      await echo(await net.connect(other, '127.0.0.1'), 'elsewhere');
      socket.setKeepAlive(true, 1);
      assert.deepEqual(net.one(port), idle);
      await echo(socket, 'x'.repeat(1_000));
      // What was sent counts when it is acknowledged.
      await eventually('all counted', () => (net.one(port).mark === (idle.mark ?? 0) + 2_000 ? true : null));
    }));

  test('of IPv6, and of IPv4 at a socket of both', { skip: noIpv6 }, () =>
    withNet(async (net) => {
      const six = await net.serve('::1');
      const both = await net.serve('::');
      await net.connect(six, '::1');
      await net.connect(both, '::1');
      const mapped = await net.connect(both, '127.0.0.1');
      await eventually('all are there', () => (net.one(both).connections === 2 ? true : null));
      assert.equal(net.one(six).connections, 1);
      const before = net.one(both).mark;
      await echo(mapped, 'mapped');
      assert.notEqual(net.one(both).mark, before);
    }),
  );

  test('a connection that was closed is not counted any more', () =>
    withNet(async (net) => {
      const port = await net.serve('127.0.0.1');
      const socket = await net.connect(port, '127.0.0.1');
      await eventually('there', () => (net.one(port).connections === 1 ? true : null));
      socket.end();
      await eventually('gone', () => (net.one(port).connections === 0 ? true : null));
    }));

  test('more connections than one answer holds, and more ports than one question takes', () =>
    withNet(async (net) => {
      const port = await net.serve('127.0.0.1');
      const count = 260;
      for (let i = 0; i < count; i += 1) await net.connect(port, '127.0.0.1');
      const ports = [...Array.from({ length: 2 * mostPorts }, (_, i) => i + 1), port, port, 0, -1, 70_000, 1.5];
      const found = await eventually('all are there', () => {
        const now = net.read(ports);
        return now[2 * mostPorts]?.connections === count ? now : null;
      });
      assert.deepEqual(
        found.map((each) => each.port),
        ports,
      );
      assert.deepEqual(found[2 * mostPorts + 1], found[2 * mostPorts], 'asked twice, told twice');
      for (const nonsense of found.slice(-4)) assert.equal(nonsense.connections, 0);
    }));

  test('a socket that is refused is said once, and nothing is known', async () => {
    // 31 is no family of netlink's.
    const refused = createPortTraffic(31);
    assert.match(refused.missing ?? '', /^Connections at ports cannot be counted \(sock_diag, errno \d+\).*\.$/);
    assert.equal(refused.read([1337]), null);
    refused.close();
    const host = createLinuxHost({ netlinkProtocol: 31 });
    assert.equal(host.portTraffic([1337]), null);
    assert.ok(host.facts.missing.includes(refused.missing ?? ''));
    await host.close();
  });
});

describe('messages of sock_diag', () => {
  const view = new DataView(new ArrayBuffer(4_096));
  const nobody = (): void => assert.fail('no socket was told');

  test('a question is as long as its header says, at most what is kept for it', () => {
    const room = new DataView(new ArrayBuffer(largestRequest));
    const ports = Array.from({ length: mostPorts }, (_, i) => i + 1);
    for (const families of ['both', AF_INET, AF_INET6] as const)
      for (const some of [ports, [1337], ports.slice(0, 7)]) {
        const length = putRequest(room, families, 7, some);
        assert.ok(length <= largestRequest);
        assert.equal(room.getUint32(0, true), length);
      }
  });

  test('an answer that is torn, or of an earlier question, harms nobody', () => {
    view.setUint32(0, 9_000, true);
    assert.deepEqual(readPart(view, 100, 1, nobody), { kind: 'failed', errno: 74 });
    view.setUint32(0, 4, true);
    assert.deepEqual(readPart(view, 100, 1, nobody), { kind: 'failed', errno: 74 });
    // A socket that is cut short, of this question and of another.
    view.setUint32(0, 20, true);
    view.setUint16(4, 20, true);
    view.setUint32(8, 1, true);
    assert.deepEqual(readPart(view, 20, 1, nobody), { kind: 'failed', errno: 74 });
    assert.deepEqual(readPart(view, 20, 2, nobody), { kind: 'more' });
    // NLMSG_ERROR with −EPERM, NLMSG_DONE with 0.
    view.setUint16(4, 2, true);
    view.setInt32(16, -1, true);
    assert.deepEqual(readPart(view, 20, 1, nobody), { kind: 'failed', errno: 1 });
    view.setUint16(4, 3, true);
    view.setInt32(16, 0, true);
    assert.deepEqual(readPart(view, 20, 1, nobody), { kind: 'done' });
    assert.deepEqual(readPart(view, 0, 1, nobody), { kind: 'more' });
  });

  test('a kernel without the byte counters still tells who is connected', () => {
    // 16 of header, 72 of socket, an attribute INET_DIAG_INFO of 104 bytes: as before Linux 4.1.
    const bytes = new DataView(new ArrayBuffer(16 + 72 + 108));
    bytes.setUint32(0, bytes.byteLength, true);
    bytes.setUint16(4, 20, true);
    bytes.setUint32(8, 5, true);
    bytes.setUint16(20, 1337, false);
    bytes.setUint16(88, 108, true);
    bytes.setUint16(90, 2, true);
    const seen: (readonly [number, number | null])[] = [];
    assert.deepEqual(
      readPart(bytes, bytes.byteLength, 5, (port, moved) => seen.push([port, moved])),
      { kind: 'more' },
    );
    assert.deepEqual(seen, [[1337, null]]);
  });
});
