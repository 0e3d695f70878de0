-- Prosody for the benchmark: rooms that keep everything (MUC, MAM) in SQLite, guests (SASL ANONYMOUS), no limits on rates.
-- What is not named is as it comes. bench/chat_servers.py fills in what stands between @ signs.
run_as_root = true
pidfile = "@FOLDER@/prosody.pid"
data_path = "@FOLDER@"
log = { error = "*console" }
modules_enabled = {
	"disco"; "saslauth"; "roster"; "carbons"; "csi_simple"; "ping"; "smacks"; "posix"; "websocket";
}
modules_disabled = { "s2s" }
c2s_ports = {} -- over WebSocket only
c2s_require_encryption = false
consider_websocket_secure = true
authentication = "anonymous"
http_interfaces = { "127.0.0.1" }
http_ports = { @PORT@ }
https_ports = {}
http_default_host = "localhost"
storage = "sql"
sql = { driver = "SQLite3", database = "prosody.sqlite3" }

VirtualHost "localhost"

Component "conference.localhost" "muc"
	modules_enabled = { "muc_mam" }
	muc_log_by_default = true
	muc_log_expires_after = "never"
	muc_room_locking = false
	muc_room_default_persistent = true
	muc_room_default_public = true
	restrict_room_creation = false
