-- Nothing looks for mail by its flow: each mail that is written would be noted here for nothing.
DROP INDEX outbox_by_flow;
