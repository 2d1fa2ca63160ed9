-- Who and what was seen when is put down by the hub's turns (docs/inventory.md), which write a row per key instead of one for nearly every row that
-- comes in: the views on insert took more of ClickHouse's time than the rows themselves. The tables stay as they are.

DROP VIEW IF EXISTS interface_days_view;

DROP VIEW IF EXISTS router_days_view;

DROP VIEW IF EXISTS router_software_days_view;

DROP VIEW IF EXISTS router_board_days_view;

DROP VIEW IF EXISTS interface_mac_hours_view;

DROP VIEW IF EXISTS radio_client_quarters_view;
