import { SERVICES } from '../support/service-process.ts';
import type { Fault } from './fault.ts';
import { brokerOfThree, coordinatorMove, leaderElection } from './faults/broker-of-three.ts';
import { brokerRestart } from './faults/broker-restart.ts';
import { clockJump } from './faults/clock.ts';
import { commitCut } from './faults/commit-cut.ts';
import { brokerDiskFull, postgresDiskFull } from './faults/disk-full.ts';
import { kafkaCut, kafkaUnreachable } from './faults/kafka-cut.ts';
import { kill } from './faults/kill.ts';
import { pause } from './faults/pause.ts';
import { postgresRestart } from './faults/postgres-restart.ts';
import { postgresSlow } from './faults/postgres-slow.ts';
import { retentionPassed, topicRecreated } from './faults/raw-topic.ts';
import { registryDown, registrySlow } from './faults/registry.ts';
import { scale } from './faults/scale.ts';
import { terminate } from './faults/terminate.ts';

/** All that goes wrong in `npm run chaos`; docs/chaos.md says of each what is seen of it and how it heals. */
export const CATALOGUE: readonly Fault[] = [
  ...SERVICES.map(kill),
  ...SERVICES.map(terminate),
  ...SERVICES.map(pause),
  scale,
  brokerRestart('clean'),
  brokerRestart('hard'),
  brokerOfThree,
  leaderElection,
  coordinatorMove,
  kafkaCut,
  kafkaUnreachable,
  postgresRestart('clean'),
  postgresRestart('hard'),
  commitCut('before it arrives'),
  commitCut('after it was done'),
  postgresSlow,
  postgresDiskFull,
  brokerDiskFull,
  registryDown,
  registrySlow,
  topicRecreated,
  retentionPassed,
  ...SERVICES.flatMap((service) => [clockJump(service, 'ahead'), clockJump(service, 'back')]),
];
