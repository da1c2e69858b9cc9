-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "keyring";

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "origins" TEXT[],
    "branding" JSONB NOT NULL DEFAULT '{}',
    "settings" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "halted_at" TIMESTAMPTZ(3),

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "keyring"."org_keys" (
    "org_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "key_service" TEXT NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(3),

    CONSTRAINT "org_keys_pkey" PRIMARY KEY ("org_id","version")
);

-- CreateTable
CREATE TABLE "end_users" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "external_id" TEXT NOT NULL,
    "email" TEXT,
    "name" TEXT,
    "groups" TEXT[],
    "iss" TEXT,
    "sub" TEXT,
    "scim_external_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "end_users_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "members" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "role" TEXT NOT NULL,
    "iss" TEXT,
    "sub" TEXT,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "members_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "sign_in_links" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "sign_in_links_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "agents" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "owner" TEXT,
    "purpose" TEXT,
    "team" TEXT,
    "environment" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "agents_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "agent_admissions" (
    "org_id" UUID NOT NULL,
    "agent_org_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agent_admissions_pkey" PRIMARY KEY ("org_id","agent_org_id","agent_id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "hint" TEXT NOT NULL,
    "roles" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "auth_configs" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "sealed_client_secret" BYTEA,
    "scopes" TEXT[],
    "base_urls" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "auth_configs_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "connect_sessions" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "connectors" TEXT[],
    "scopes" JSONB NOT NULL DEFAULT '{}',
    "connected_account_id" UUID,
    "return_url" TEXT,
    "embed_origins" TEXT[],
    "locale" TEXT,
    "agents" JSONB NOT NULL DEFAULT '[]',
    "purpose" TEXT,
    "confirmation" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "link_hash" BYTEA NOT NULL,
    "handle_hash" BYTEA,
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "connect_sessions_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "connect_attempts" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "auth_config_org_id" UUID NOT NULL,
    "auth_config_id" UUID NOT NULL,
    "state_hash" BYTEA NOT NULL,
    "status" TEXT NOT NULL,
    "error_code" TEXT,
    "scopes_requested" TEXT[],
    "scopes_refused" TEXT[],
    "scopes_granted" TEXT[],
    "consent_text" TEXT NOT NULL,
    "consent_hash" TEXT NOT NULL,
    "consented_by" JSONB NOT NULL,
    "consented_at" TIMESTAMPTZ(3) NOT NULL,
    "provider_account" JSONB,
    "sealed_answer" BYTEA,
    "confirmation_hash" BYTEA,
    "account_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "consumed_at" TIMESTAMPTZ(3),

    CONSTRAINT "connect_attempts_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "connected_accounts" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "auth_config_org_id" UUID NOT NULL,
    "auth_config_id" UUID NOT NULL,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "provider_account_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "current_connection_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(3),
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "connected_accounts_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "connections" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "session_id" UUID,
    "provider_account_id" TEXT NOT NULL,
    "scopes_requested" TEXT[],
    "scopes_refused" TEXT[],
    "scopes_granted" TEXT[],
    "grantee_product" BOOLEAN NOT NULL,
    "purpose" TEXT,
    "locale" TEXT NOT NULL,
    "consent_text" TEXT NOT NULL,
    "consent_hash" TEXT NOT NULL,
    "consented_by" JSONB NOT NULL,
    "consented_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "previous_connection_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connections_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "connection_grantees" (
    "org_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "agent_org_id" UUID NOT NULL,
    "agent_id" UUID NOT NULL,

    CONSTRAINT "connection_grantees_pkey" PRIMARY KEY ("org_id","connection_id","agent_org_id","agent_id")
);

-- CreateTable
CREATE TABLE "credentials" (
    "org_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "generation" BIGINT NOT NULL,
    "key_version" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "access_expires_at" TIMESTAMPTZ(3),
    "refreshable" BOOLEAN NOT NULL,
    "refresh_intent" BIGINT,
    "lease_owner" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("org_id","account_id")
);

-- CreateTable
CREATE TABLE "upstream_revocations" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "connector" TEXT NOT NULL,
    "auth_config_org_id" UUID NOT NULL,
    "auth_config_id" UUID NOT NULL,
    "generation" BIGINT NOT NULL,
    "key_version" INTEGER NOT NULL,
    "sealed" BYTEA,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "upstream_revocations_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "executions" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "tool_name" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "actor_type" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "agent_id" UUID,
    "status" TEXT NOT NULL,
    "scopes_required" TEXT[],
    "scopes_granted" TEXT[],
    "decision" JSONB NOT NULL,
    "params_hmac" TEXT NOT NULL,
    "sealed_input" BYTEA,
    "key_version" INTEGER,
    "input_expires_at" TIMESTAMPTZ(3),
    "context" JSONB NOT NULL DEFAULT '{}',
    "trace_id" TEXT NOT NULL,
    "ip" TEXT,
    "user_agent" TEXT,
    "error_code" TEXT,
    "upstream_status" INTEGER,
    "duration_ms" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "executions_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "policies" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "effect" TEXT NOT NULL,
    "tools" TEXT[],
    "effects" TEXT[],
    "created_by" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "policies_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "org_id" UUID NOT NULL,
    "caller" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "status" TEXT NOT NULL,
    "response_status" INTEGER,
    "sealed_response" BYTEA,
    "key_version" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("org_id","caller","route","key")
);

-- CreateTable
CREATE TABLE "outbox_events" (
    "org_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "schema_version" INTEGER NOT NULL DEFAULT 1,
    "data" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_events_pkey" PRIMARY KEY ("org_id","id")
);

-- CreateTable
CREATE TABLE "audit_heads" (
    "org_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("org_id")
);

-- CreateTable
CREATE TABLE "audit_events" (
    "org_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "user_id" TEXT,
    "actor" JSONB NOT NULL,
    "agent_id" TEXT,
    "connected_account_id" TEXT,
    "connection_id" TEXT,
    "tool_name" TEXT,
    "scopes_required" TEXT[],
    "scopes_granted" TEXT[],
    "policy" JSONB,
    "params_hmac" TEXT,
    "changed_fields" TEXT[],
    "error_code" TEXT,
    "duration_ms" INTEGER,
    "trace_id" TEXT,
    "ip" TEXT,
    "user_agent" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("org_id","sequence","occurred_at")
) PARTITION BY RANGE ("occurred_at");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_external_id_key" ON "organizations"("external_id");

-- CreateIndex
CREATE UNIQUE INDEX "sign_in_links_token_hash_key" ON "sign_in_links"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "connect_sessions_token_hash_key" ON "connect_sessions"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "connect_sessions_link_hash_key" ON "connect_sessions"("link_hash");

-- CreateIndex
CREATE UNIQUE INDEX "connect_sessions_handle_hash_key" ON "connect_sessions"("handle_hash");

-- CreateIndex
CREATE UNIQUE INDEX "connect_attempts_state_hash_key" ON "connect_attempts"("state_hash");

-- CreateIndex
CREATE INDEX "connect_attempts_org_id_session_id_idx" ON "connect_attempts"("org_id", "session_id");

-- CreateIndex
CREATE INDEX "connected_accounts_org_id_user_id_connector_idx" ON "connected_accounts"("org_id", "user_id", "connector");

-- CreateIndex
CREATE INDEX "connections_org_id_account_id_idx" ON "connections"("org_id", "account_id");

-- CreateIndex
CREATE INDEX "upstream_revocations_org_id_account_id_idx" ON "upstream_revocations"("org_id", "account_id");

-- AddForeignKey
ALTER TABLE "sign_in_links" ADD CONSTRAINT "sign_in_links_org_id_member_id_fkey" FOREIGN KEY ("org_id", "member_id") REFERENCES "members"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connect_sessions" ADD CONSTRAINT "connect_sessions_org_id_user_id_fkey" FOREIGN KEY ("org_id", "user_id") REFERENCES "end_users"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connect_attempts" ADD CONSTRAINT "connect_attempts_org_id_session_id_fkey" FOREIGN KEY ("org_id", "session_id") REFERENCES "connect_sessions"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connected_accounts" ADD CONSTRAINT "connected_accounts_org_id_user_id_fkey" FOREIGN KEY ("org_id", "user_id") REFERENCES "end_users"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connections" ADD CONSTRAINT "connections_org_id_account_id_fkey" FOREIGN KEY ("org_id", "account_id") REFERENCES "connected_accounts"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "connection_grantees" ADD CONSTRAINT "connection_grantees_org_id_connection_id_fkey" FOREIGN KEY ("org_id", "connection_id") REFERENCES "connections"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_org_id_account_id_fkey" FOREIGN KEY ("org_id", "account_id") REFERENCES "connected_accounts"("org_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Until the monthly partitions of a retention policy exist, everything lands here.
CREATE TABLE "audit_events_default" PARTITION OF "audit_events" DEFAULT;
