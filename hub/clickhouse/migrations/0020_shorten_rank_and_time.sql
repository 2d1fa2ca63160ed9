-- The rank of a port's rows rises with every batch, and times follow each other at the interval with some milliseconds more or less: both are
-- stored as what is added from row to row, which takes nearly a tenth of the disk away (docs/decisions/0004). Parts take it up as they are written
-- and merged.

ALTER TABLE interface_counters
    MODIFY COLUMN rank CODEC(Delta, ZSTD(1)),
    MODIFY COLUMN ts CODEC(Delta, ZSTD(1));
