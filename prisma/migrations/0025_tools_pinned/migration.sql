-- What a person lets a client do is pinned to the tools as they were told of: `tools` are, by account, the names with
-- {effect, hash}, the hash being that of the tool's whole definition. Rows from before hold the effect alone, and pin no
-- more than that. `changed_tools` are those that were found to be others since, by name with the hash that was found: each
-- was told to admins once.
ALTER TABLE agent_grants ADD COLUMN changed_tools JSONB NOT NULL DEFAULT '{}';
GRANT UPDATE (changed_tools) ON agent_grants TO behalf_runtime;
