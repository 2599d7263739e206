// A made-up machine with its processes.

import type { Insert } from '@holdfast/core';
import type { Random } from '../random.ts';
import { seedInstant } from '../seeding.ts';
import type { appsProcesses, appsSystemMetrics } from './host-tables.ts';

const tenth = (value: number): number => Number(value.toFixed(1));

/** A small board with four cores. */
export function makeSystemMetrics(source: string, random: Random): Insert<typeof appsSystemMetrics> {
  const perCpuPercent = Array.from({ length: 4 }, () => tenth(random.next() * 100));
  const memoryTotalMb = 4_096;
  const memoryUsedMb = Math.floor(memoryTotalMb * (0.3 + random.next() * 0.5));
  const diskTotalGb = 128;
  const diskUsedGb = tenth(diskTotalGb * random.next());
  return {
    source,
    cpuCount: perCpuPercent.length,
    memoryTotalMb,
    diskTotalGb,
    temperatureSource: 'thermal_zone0',
    status: 'good',
    redisHost: 'localhost',
    redisPort: 6379,
    redisConnected: true,
    cpuPercent: tenth(perCpuPercent.reduce((sum, each) => sum + each, 0) / perCpuPercent.length),
    perCpuPercent,
    load1: tenth(random.next() * 4),
    memoryUsedMb,
    memoryAvailableMb: memoryTotalMb - memoryUsedMb,
    memoryPercent: tenth((memoryUsedMb / memoryTotalMb) * 100),
    diskUsedGb,
    diskFreeGb: tenth(diskTotalGb - diskUsedGb),
    diskPercent: tenth((diskUsedGb / diskTotalGb) * 100),
    cpuCelsius: tenth(35 + random.next() * 30),
    redisMemoryMb: tenth(random.next() * 64),
    redisClients: Math.floor(random.next() * 20),
    redisCommands: Math.floor(random.next() * 1e9),
  };
}

export const makeProcess = (source: string, index: number, random: Random): Insert<typeof appsProcesses> => ({
  source,
  pid: 2_000 + index,
  startedAt: seedInstant - Math.floor(random.next() * 1e12),
  name: random.pick(['python', 'uvicorn', 'streamlit']),
  command: 'python main.py',
  status: random.pick(['sleeping', 'sleeping', 'running']),
  cpuPercent: tenth(random.next() * 20),
  memoryMb: 20 + Math.floor(random.next() * 300),
  threads: 1 + Math.floor(random.next() * 12),
});
