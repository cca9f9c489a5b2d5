-- The service goes by the machine's clock, and keeps no time of its own.
DROP TABLE clock;
