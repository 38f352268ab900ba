import { tracerContract } from './contract.ts';
import { MemoryTracer } from './memory-tracer.ts';

tracerContract('in memory', async () => {
  const tracer = new MemoryTracer(() => true);
  return { tracer, reported: async () => tracer.spans };
});
