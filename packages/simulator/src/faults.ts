/** What each fault of a plan does to the world. */

import type { EventQueue } from './event-queue.js';
import type { Machine } from './machine.js';
import type { Network } from './network.js';
import type { Fault } from './plan.js';

export interface Struck {
  readonly queue: EventQueue;
  readonly network: Network;
  readonly machines: readonly Machine[];
  machine(name: string): Machine;
}

export function strike(fault: Fault, { queue, network, machines, machine }: Struck): void {
  switch (fault.kind) {
    case 'kill':
      machine(fault.name).kill('killed', fault);
      return;
    case 'power-loss':
      machine(fault.name).kill('without power', fault);
      return;
    case 'pause':
      machine(fault.name).pauseFor(fault.forMs);
      return;
    case 'cut': {
      const ways = fault.oneWay ? [[fault.from, fault.to]] : both(fault.from, fault.to);
      cutFor(ways, fault.forMs, network, queue);
      return;
    }
    case 'isolate': {
      const others = machines.filter(({ name }) => name !== fault.name);
      cutFor(
        others.flatMap(({ name }) => both(fault.name, name)),
        fault.forMs,
        network,
        queue,
      );
      return;
    }
    case 'slow-network':
      network.slow.set(fault.name, fault.byMs);
      queue.after(fault.forMs, () => network.slow.delete(fault.name));
      return;
    case 'slow-disk': {
      const { health } = machine(fault.name).disk;
      health.slowMs = fault.byMs;
      queue.after(fault.forMs, () => {
        health.slowMs = 0;
      });
      return;
    }
    case 'disk-fails':
      machine(fault.name).disk.health.failsNext = true;
      return;
    case 'disk-full': {
      const { health } = machine(fault.name).disk;
      health.full = true;
      queue.after(fault.forMs, () => {
        health.full = false;
      });
      return;
    }
    case 'clock-jump':
      machine(fault.name).wallOffsetMs += fault.byMs;
      return;
    case 'transfer':
      for (const { process } of machines) if (process?.role === 'leader') process.transferLeadership();
      return;
    case 'disk-lies':
      machine(fault.name).disk.health.lies = true;
      return;
    case 'rot':
      machine(fault.name).disk.rot();
      return;
    case 'keep-image':
      machine(fault.name).keepImage();
      return;
    case 'restore-image':
      machine(fault.name).restoreImage(fault.forMs);
      return;
    case 'clone':
      machine(fault.name).cloneFor(fault.forMs);
      return;
  }
}

function both(a: string, b: string): string[][] {
  return [
    [a, b],
    [b, a],
  ];
}

function cutFor(ways: readonly string[][], forMs: number, network: Network, queue: EventQueue): void {
  for (const [from = '', to = ''] of ways) {
    network.cut(from, to);
    queue.after(forMs, () => network.mend(from, to));
  }
}
