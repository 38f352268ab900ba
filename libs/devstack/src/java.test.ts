import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedallionError } from '@medallion/core';
import { findJava, findMaven, javaRelease } from './java.ts';

test('the release is read from what each vendor prints', () => {
  const outputs: readonly [string, number | undefined][] = [
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "25-ea" 2025-09-16', 25],
    ['java version "1.8.0_392"', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "11.0.2" 2019-01-15', 11],
    ['sh: java: not found', undefined],
  ];
  for (const [output, release] of outputs) assert.equal(javaRelease(output), release, output);
});

test('a machine without Java or Maven gets an error that says what to install', () => {
  const env = { PATH: '/nonexistent' };
  assert.throws(() => findJava(env), { code: 'MED_JAVA_MISSING' });
  assert.throws(
    () => findMaven(env),
    (error) => error instanceof MedallionError && error.remedy.includes('apt-get install maven'),
  );
});

test('a JAVA_HOME without a java is reported, not passed over', () => {
  assert.throws(() => findJava({ JAVA_HOME: '/nonexistent', PATH: process.env.PATH }), { code: 'MED_JAVA_MISSING' });
});
