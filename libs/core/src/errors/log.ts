import { catalogue } from './entry.ts';

/** Of Kafka: its topics, its records and the way to it. */
export const logErrors = catalogue({
  MED_LOG_GAP: {
    retryable: false,
    message: '{topic}[{partition}] begins at offset {low}, after the expected offset {expected}: records were lost',
    remedy:
      'restore the records, or accept the loss: medallion skip, with the pipeline, the flow, {topic}:{partition}:{expected} and --allow-loss, has the flow go on behind them; where gold stopped, or the table shall be of one piece, stop the services, make what group {group} keeps anew of what is left (medallion refresh, with the pipeline, the table, --full and --allow-loss), and start them',
  },
  MED_LOG_RECREATED: {
    retryable: false,
    message: '{topic}[{partition}], which ends at offset {high}, is not the log that was read up to offset {expected}',
    remedy:
      'was the topic created again? restore it, or stop the services, make the table that reads it anew of what it holds now (medallion refresh, with the pipeline, the table and --full), and start them',
  },
  MED_PARTITIONS_CHANGED: {
    retryable: false,
    message: 'topic {topic} has {actual} partitions, its input {input} has {expected}',
    remedy:
      'stop the services, then bring all to the greater count: medallion partitions PIPELINE TOPIC --to COUNT, with the topic that the pipeline reads; it says where a table has to be rebuilt instead (docs/operating/README.md)',
  },
  MED_TOPIC_MISSING: {
    retryable: true,
    message: 'topic {topic} does not exist',
    remedy: 'create it, or start the producer that creates it',
  },
  MED_CHECKPOINT_INVALID: {
    retryable: false,
    message: 'the checkpoint of group {group} for {topic}[{partition}] cannot be read: {reason}',
    remedy: "was the group's offset moved by another tool? remove the group's offset for this partition to start over",
  },
  MED_APPEND_FAILED: {
    retryable: true,
    message: 'an append to {topic} was not acknowledged: {reason}',
    remedy:
      'is the broker reachable, and are its topics writable? the flow goes back to its checkpoint and tries again',
  },
  MED_LOG_UNAVAILABLE: {
    retryable: true,
    message: 'Kafka does not answer: {reason}',
    remedy: 'check KAFKA_BROKERS and that the broker is up; the service keeps trying',
  },
  MED_BATCH_UNREADABLE: {
    retryable: true,
    message: 'the batch of records at offset {offset} cannot be read: {reason}',
    remedy:
      'look at that offset of the topic with kafka-dump-log.sh on the broker: a disk, or a producer that is none, has damaged it; the service keeps trying',
  },
  MED_LOG_AUTH_FAILED: {
    retryable: true,
    message: 'Kafka refuses the login: {reason}',
    remedy:
      'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD or its file; the service keeps trying, and reads the file again each time',
  },
  MED_LOG_TLS_FAILED: {
    retryable: true,
    message: 'no TLS connection to Kafka can be made: {reason}',
    remedy:
      "check that KAFKA_SSL_CA_FILE holds the authority of the brokers' certificates, that these name the hosts in KAFKA_BROKERS and have not expired, and KAFKA_SSL_CERT_FILE where brokers ask for one; the service keeps trying, and reads the files again each time",
  },
  MED_LOG_FORBIDDEN: {
    retryable: true,
    message: 'Kafka does not allow this login to use {resource}: {reason}',
    remedy: 'grant the rights that `medallion acls` names for this service; the service keeps trying',
  },
  MED_CHANGELOG_UNREADABLE: {
    retryable: false,
    message:
      '{topic}[{partition}] offset {offset} cannot be read, so that the rows of the table are not known: {reason}',
    remedy: 'restore the schema that it was written with, or rebuild the table from its input',
  },
  MED_RECORD_TOO_LARGE: {
    retryable: false,
    message: '{topic}[{partition}] offset {offset} needs {bytes} bytes in {target}, more than its limit of {limit}',
    remedy: 'raise max.message.bytes of {target}',
  },
});
