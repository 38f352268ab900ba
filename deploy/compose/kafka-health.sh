#!/bin/bash
# Whether the broker answers requests. Its port accepts connections a while earlier than it serves them, and Kafka's own tools
# start a JVM for each question: this sends ApiVersions version 0 and looks for its answer's correlation id and error code 0.
exec 3<>/dev/tcp/127.0.0.1/9092 || exit 1
printf '\0\0\0\017\0\022\0\0\0\0\0\001\0\005probe' >&3
answer=$(head -c 10 <&3 | od -An -tx1 -v | tr -d ' \n')
[ "${answer:8:12}" = 000000010000 ]
