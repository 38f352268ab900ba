const component = (text: string): string => {
  const name = text.replace(/[^A-Za-z0-9_]/g, '_');
  return /^[A-Za-z_]/.test(name) ? name : `_${name}`;
};

/** The Avro namespace of a topic's rows: its name, where what Avro does not allow becomes `_`. */
export const namespaceOf = (topic: string): string => ['medallion', ...topic.split('.').map(component)].join('.');

/** A valid Avro name for a record. */
export const recordName = (name: string): string => component(name);
