import { MedallionError } from '@medallion/core';
import { loadPipeline } from '@medallion/host';
import { createAclAdmin } from '@medallion/kafka';
import { type Grant, mergeGrants, rightsOf, type ServiceName } from '@medallion/runtime';
import { kafkaAcls, type Rights, strimziUsers } from '../acls/formats.ts';
import { type Answer, fine, type Surroundings } from '../answer.ts';
import { kafkaOf } from '../connect.ts';

type Flag = string | boolean | undefined;
type Flags = {
  readonly format?: Flag;
  readonly make?: Flag;
  readonly only?: Flag;
  readonly prefix?: Flag;
  readonly cluster?: Flag;
  readonly apply?: Flag;
};

const invalid = (problems: string): MedallionError => new MedallionError('MED_CONFIG_INVALID', { problems });
const textOf = (flag: Flag, standard: string): string => (typeof flag === 'string' ? flag : standard);

/** `medallion acls`: what each service may do in Kafka to run these pipelines, and nothing beyond. */
export async function acls(names: readonly string[], flags: Flags, around: Surroundings): Promise<Answer> {
  const plans = await Promise.all(names.map((name) => loadPipeline(name)));
  const each = plans.map((plan) => rightsOf(plan, { make: flags.make === true }));
  const services = [...new Set(each.flatMap((rights) => [...rights.keys()]))];
  const wanted = services.filter(wantedBy(services, flags.only));
  const rights: Rights = new Map(
    wanted.map((service): [ServiceName, readonly Grant[]] => [
      service,
      mergeGrants(each.map((all) => all.get(service) ?? [])),
    ]),
  );
  const prefix = textOf(flags.prefix, '');
  const userOf = (service: ServiceName): string => `${prefix}${service}`;
  const options = { userOf, cluster: textOf(flags.cluster, 'medallion') };
  const data = Object.fromEntries([...rights].map(([service, grants]) => [userOf(service), grants]));
  if (flags.apply === true) {
    const admin = createAclAdmin(kafkaOf(around));
    try {
      for (const [service, grants] of rights) await admin.grant(userOf(service), grants);
    } finally {
      await admin.close();
    }
    return fine(
      data,
      [...rights].map(([service, grants]) => `${userOf(service)}: ${grants.length} resources granted`),
    );
  }
  switch (flags.format) {
    case 'kafka-acls':
      return fine(data, kafkaAcls(rights, options));
    case 'strimzi':
      return fine(data, strimziUsers(rights, options));
    case 'json':
      return fine(data, [JSON.stringify(data, null, 2)]);
    default:
      throw invalid(`--format: "${String(flags.format)}" is none of kafka-acls, strimzi, json`);
  }
}

function wantedBy(services: readonly ServiceName[], only: Flag): (service: ServiceName) => boolean {
  if (typeof only !== 'string') return () => true;
  const asked = only.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !services.some((service) => service === name));
  if (unknown.length > 0) throw invalid(`--only: ${unknown.join(', ')}: there are ${services.join(', ')}`);
  return (service) => asked.includes(service);
}
