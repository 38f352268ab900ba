import { catalogue } from './entry.ts';

/** Of what an operator has done: decisions, rebuilds, erasures, redrives, backfills, lineage. */
export const operationErrors = catalogue({
  MED_DECISION_INVALID: {
    retryable: false,
    message: 'the decision cannot be taken: {problem}',
    remedy: 'name the flow and the record as the message of the stopped flow does',
  },
  MED_REFRESH_REFUSED: {
    retryable: false,
    message: 'table "{table}" cannot be refreshed: {reason}',
    remedy: '{advice}',
  },
  MED_REFRESH_UNFINISHED: {
    retryable: true,
    message:
      'the rebuild of table "{table}", which {by} began at {at}, has not ended: nothing of {pipeline} may start before',
    remedy: 'if nobody is at it, end it: medallion refresh {pipeline} {table} --full; flows then start by themselves',
  },
  MED_REFRESH_BUSY: {
    retryable: true,
    message: 'a table of {pipeline} is being rebuilt by somebody else',
    remedy: 'wait until that has ended, then try again',
  },
  MED_PARTITIONS_REFUSED: {
    retryable: false,
    message: 'topic {topic} is not given other partitions: {reason}',
    remedy: '{advice}',
  },
  MED_GROUP_IN_USE: {
    retryable: true,
    message: 'the group {group} has members: {members}',
    remedy: 'stop the services that they belong to',
  },
  MED_ERASE_BEHIND: {
    retryable: true,
    message: 'nobody is erased from {pipeline} while these have not read all that there is of the person:\n{readers}',
    remedy: 'start the services, or decide about a flow that has stopped; once they have caught up, erase again',
  },
  MED_REDRIVE_BUSY: {
    retryable: true,
    message: 'records of {pipeline} are being redriven by somebody else',
    remedy: 'wait until that has ended, then try again',
  },
  MED_BACKFILL_REFUSED: {
    retryable: false,
    message: '{table} cannot be backfilled: {reason}',
    remedy: '{advice}',
  },
  MED_BACKFILL_CHANGED: {
    retryable: false,
    message: 'backfill "{id}" was begun before, with something else: {begun}; now {asked}',
    remedy: 'give this one another --id',
  },
  MED_BACKFILL_UNFINISHED: {
    retryable: false,
    message: 'backfill "{other}" of {flow} has not ended, and they go one after the other',
    remedy: 'run it again as it was begun ({begun}) with --id {other}, or give it up: --id {other} --abandon',
  },
  MED_BACKFILL_SOURCE_CHANGED: {
    retryable: false,
    message: 'backfill "{id}" cannot go on: {what} is gone, or another one than when it was begun',
    remedy:
      'put back what was there and run it again, or give it up: --id {id} --abandon; what it brought so far stays',
  },
  MED_LINEAGE_REFUSED: {
    retryable: true,
    message: 'the lineage of {job} was not taken by {url}: {reason}',
    remedy:
      'check the address of the collector, usually …/api/v1/lineage; one that takes no events of jobs needs --runs',
  },
});
