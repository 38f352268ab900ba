export { type TracerUnderTest, tracerContract } from './contract.ts';
export { MemoryTracer, type SeenSpan } from './memory-tracer.ts';
export { type OtlpReceiver, otlpReceiver } from './otlp-receiver.ts';
