# Mail that leaves the company waits for a person; what comes back has its addresses masked.
package behalf.external_email

outside contains domain if {
	some domain in input.email_domains
	domain != "acme.example"
}

decision := {"decision": "allow", "policy_ids": []} if {
	input.effect != "send"
} else := {"decision": "allow", "policy_ids": ["internal-email"]} if {
	count(outside) == 0
} else := {
	"decision": "ask",
	"policy_ids": ["external-email"],
	"masks": ["email"],
	"approval": {"expires_in_seconds": 3600},
	"reason": "Somebody outside the company would read this.",
}
