import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { locateSeats } from '../../helper/install/locate-seats.ts';
import { seatOf } from '../fakes/arbiter-world.ts';

describe('where seats live', () => {
  const system = seatOf({ name: 'cilghal', label: 'com.sanctum.mlx' });
  const user = seatOf({ name: 'codestral', label: 'com.sanctum.codestral', domain: 'gui/501' });

  test('is told of those that live in a user’s domain, and told anew when none does any more', () => {
    const told: (readonly (readonly [string, string])[])[] = [];
    const services = { locate: (domains: ReadonlyMap<string, string>) => void told.push([...domains]) };
    locateSeats(services, [system, user]);
    locateSeats(services, [system]);
    assert.deepEqual(told, [[['com.sanctum.codestral', 'gui/501']], []]);
  });

  test('is told of what stands in for them, which lives where they do', () => {
    const told: (readonly (readonly [string, string])[])[] = [];
    const services = { locate: (domains: ReadonlyMap<string, string>) => void told.push([...domains]) };
    locateSeats(services, [
      { ...system, fallback: 'com.sanctum.a' },
      { ...user, fallback: 'com.sanctum.b' },
    ]);
    assert.deepEqual(told, [
      [
        ['com.sanctum.b', 'gui/501'],
        ['com.sanctum.codestral', 'gui/501'],
      ],
    ]);
  });

  test('is nobody’s affair on a host with one domain', () => {
    assert.doesNotThrow(() => locateSeats({}, [system, user]));
  });
});
