#!/usr/bin/env bash
# Deploys everything, the first time and every time after: infra/deploy.sh ENVIRONMENT RESOURCE_GROUP REGION
#
#   az login && az account set --subscription …        whoever runs it: see docs/operations.md, "Who may deploy"
#   infra/deploy.sh prod rg-calendar-sync-prod westeurope
#
# The first time it needs TIMIFY_APP_SECRET and TIMIFY_WEBHOOK_SECRET in the environment; they go into the vault.
# Running it again is harmless: what is as it should be stays, secrets that are there stay.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${1:?which environment: dev, test or prod}
group=${2:?which resource group}
region=${3:?which region, such as westeurope}
registration="timify-calendar-sync-$environment"

say() { printf '\n== %s\n' "$*"; }

output() { # of the latest deployment of infra/main.bicep
    az deployment group show --resource-group "$group" --name infra --query "properties.outputs.$1.value" --output tsv
}

client_id() {
    az ad app list --filter "uniqueName eq '$registration'" --query "[0].appId" --output tsv
}

infrastructure() {
    az deployment group create --resource-group "$group" --name infra --template-file infra/main.bicep \
        --parameters "@infra/parameters/$environment.json" --parameters "entraClientId=$1" --output none
}

put_secret() { # name, value; never on a command line, where others on the machine could read it
    local file
    file=$(mktemp)
    printf '%s' "$2" >"$file"
    az keyvault secret set --vault-name "$vault" --name "$1" --file "$file" --encoding utf-8 --output none
    rm -f "$file"
}

need_secret() { # name, what makes its value
    if ! grep -qx "$1" <<<"$present"; then
        local value
        value=$($2)
        [ -n "$value" ] || { echo "The secret $1 is missing: set ${1//-/_} in the environment." >&2; exit 1; }
        put_secret "$1" "$value"
        echo "put into the vault: $1"
    fi
}

new_key() { # of ops.keys, what it takes; answers the list of one key that it writes
    local folder
    folder=$(mktemp -d)
    .venv/bin/python -m ops.keys "$folder/keys" add "$@" >&2
    cat "$folder/keys"
    rm -rf "$folder"
}

signing_key() { new_key; }

vault_key() { # a data key that nobody sees: it is wrapped before it is written anywhere
    local kid public
    kid=$(az keyvault key show --vault-name "$vault" --name wrapping --query key.kid --output tsv)
    public=$(mktemp -u)
    az keyvault key download --id "$kid" --encoding PEM --file "$public" --output none
    new_key --kid "$kid" --public "$public"
    rm -f "$public"
}

timify_app_secret() { printf '%s' "${TIMIFY_APP_SECRET:-}"; }
timify_webhook_secret() { printf '%s' "${TIMIFY_WEBHOOK_SECRET:-}"; }

say "Infrastructure"
az group create --name "$group" --location "$region" --output none
known=$(client_id)
infrastructure "$known"
app=$(output appName)
vault=$(output vaultName)

say "App registration"
az deployment group create --resource-group "$group" --name entra --template-file infra/entra/main.bicep \
    --parameters "uniqueName=$registration" --parameters "redirectUri=$(output redirectUri)" \
    --parameters "identityName=$(output identityName)" --output none

say "Secrets"
present=$(az keyvault secret list --vault-name "$vault" --query "[].name" --output tsv)
need_secret SIGNING-KEYS signing_key
need_secret VAULT-KEYS vault_key
need_secret TIMIFY-APP-SECRET timify_app_secret
need_secret TIMIFY-WEBHOOK-SECRET timify_webhook_secret

if [ -z "$known" ]; then
    say "Infrastructure again, now that the registration is known"
    infrastructure "$(client_id)"
fi

say "Code"
.venv/bin/python -m dev package --out .local/app.zip
az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src .local/app.zip \
    --build-remote true --output none

communication=$(output communicationName)
if [ -n "$communication" ]; then
    say "Delivery reports of mails"
    az deployment group create --resource-group "$group" --name mail-events --template-file infra/mail-events.bicep \
        --parameters "appName=$app" --parameters "communicationName=$communication" --output none
fi

say "Done: $(output publicBaseUrl)/api/health"
