#!/usr/bin/env bash
# Deploys everything, the first time and every time after: infra/deploy.sh ENVIRONMENT RESOURCE_GROUP REGION
#
#   az login && az account set --subscription …        whoever runs it: see docs/operations.md, "Who may deploy"
#   infra/deploy.sh prod rg-calendar-sync-prod westeurope
#
# The first time it needs TIMIFY_APP_SECRET and TIMIFY_WEBHOOK_SECRET in the environment; they go into the vault.
# ENTRA_CLIENT_ID is the client id of an app registration that was made by hand: then none is made here.
# Running it again is harmless: what is as it should be stays, secrets that are there stay.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=${1:?which environment: dev, test or prod}
group=${2:?which resource group}
region=${3:?which region, such as westeurope}
registration="timify-calendar-sync-$environment"
given=${ENTRA_CLIENT_ID:-}
written=""

# Secrets are handed to az in files of this folder: on a command line others on the machine could read them.
tmp=$(umask 077 && mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# Beware: a command that fails inside of an argument, "$(…)", stops nothing. Only an assignment does.

say() { printf '\n== %s\n' "$*"; }

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

again() { # a command, until it is done: Azure knows some things a little late
    local try
    for try in 1 2 3 4 5; do
        if "$@"; then return 0; fi
        [ "$try" = 5 ] || sleep "${DEPLOY_PAUSE:-15}"
    done
    return 1
}

output() { # of the latest deployment of infra/main.bicep
    az deployment group show --resource-group "$group" --name infra --query "properties.outputs.$1.value" --output tsv
}

client_id() { # of the registration that this script made
    az ad app list --filter "uniqueName eq '$registration'" --query "[0].appId" --output tsv
}

client_id_in_use() { # of the app that is there, if there is one
    local app
    app=$(az functionapp list --resource-group "$group" --query '[?tags."azd-service-name"==`"app"`].name | [0]' --output tsv) || return
    [ -z "$app" ] || az functionapp config appsettings list --resource-group "$group" --name "$app" \
        --query "[?name=='ENTRA_CLIENT_ID'].value | [0]" --output tsv
}

infrastructure() { # client id; empty only as long as there is none
    az deployment group create --resource-group "$group" --name infra --template-file infra/main.bicep \
        --parameters "@infra/parameters/$environment.json" --parameters "entraClientId=$1" --output none
}

missing() { # secret: it is not in the vault
    ! grep -qx "$1" <<<"$present"
}

need_given() { # secret, its value
    if missing "$1" && [ -z "$2" ]; then
        stop "The secret $1 is missing: set ${1//-/_} in the environment."
    fi
}

need_secret() { # secret, what writes its value into a file
    if missing "$1"; then
        "$2" "$tmp/$1"
        az keyvault secret set --vault-name "$vault" --name "$1" --file "$tmp/$1" --encoding utf-8 --output none
        rm -f "$tmp/$1"
        written=yes
        echo "put into the vault: $1"
    fi
}

signing_key() { .venv/bin/python -m ops.keys "$1" add >&2; }

vault_key() { # a data key that nobody sees: it is wrapped before it is written anywhere
    local kid
    kid=$(az keyvault key show --vault-name "$vault" --name wrapping --query key.kid --output tsv)
    az keyvault key download --id "$kid" --encoding PEM --file "$tmp/wrapping.pem" --output none
    .venv/bin/python -m ops.keys "$1" add --kid "${kid:?the wrapping key has no version}" --public "$tmp/wrapping.pem" >&2
}

timify_app_secret() { printf '%s' "$TIMIFY_APP_SECRET" >"$1"; }
timify_webhook_secret() { printf '%s' "$TIMIFY_WEBHOOK_SECRET" >"$1"; }

take_up_secrets() { # Azure reads them now, and not within a day
    local id
    id=$(az functionapp show --resource-group "$group" --name "$app" --query id --output tsv)
    az rest --method post --output none \
        --uri "https://management.azure.com$id/config/configreferences/appsettings/refresh?api-version=2022-03-01"
    [ -z "$written" ] || az functionapp restart --resource-group "$group" --name "$app" --output none
}

key_of_reports() { # of that one function, so that it opens nothing else; a key that is there stays
    local there
    there=$(az functionapp function keys list --resource-group "$group" --name "$app" --function-name email_events \
        --query 'reports != `null`' --output json) || return
    [ "$there" = true ] || az functionapp function keys set --resource-group "$group" --name "$app" \
        --function-name email_events --key-name reports --output none
}

say "What is there"
az group create --name "$group" --location "$region" --output none
vault=$(az keyvault list --resource-group "$group" --query "[0].name" --output tsv)
present=""
[ -z "$vault" ] || present=$(az keyvault secret list --vault-name "$vault" --query "[].name" --output tsv)
need_given TIMIFY-APP-SECRET "${TIMIFY_APP_SECRET:-}"
need_given TIMIFY-WEBHOOK-SECRET "${TIMIFY_WEBHOOK_SECRET:-}"
known=$given
if [ -z "$given" ]; then
    known=$(client_id)
    in_use=$(client_id_in_use)
    # With another registration every refresh token would be void: everybody would have to connect again.
    [ -z "$in_use" ] || [ "$in_use" = "$known" ] || stop \
        "The app signs in as the registration $in_use; the registration $registration is ${known:-not to be found}." \
        "Say which one it shall be: set ENTRA_CLIENT_ID in the environment (docs/operations.md, Deploy)."
fi

say "Infrastructure"
infrastructure "$known"
app=$(output appName)
vault=$(output vaultName)

if [ -z "$given" ]; then
    say "App registration"
    redirect=$(output redirectUri)
    identity=$(output identityName)
    az deployment group create --resource-group "$group" --name entra --template-file infra/entra/main.bicep \
        --parameters "uniqueName=$registration" --parameters "redirectUri=$redirect" \
        --parameters "identityName=$identity" --output none
    id=$(az deployment group show --resource-group "$group" --name entra --query properties.outputs.clientId.value --output tsv)
    [ -n "$id" ] || stop "The registration $registration was made, and Azure does not tell its client id. Run this once more."
fi

say "Secrets"
present=$(again az keyvault secret list --vault-name "$vault" --query "[].name" --output tsv)
need_secret SIGNING-KEYS signing_key
need_secret VAULT-KEYS vault_key
need_secret TIMIFY-APP-SECRET timify_app_secret
need_secret TIMIFY-WEBHOOK-SECRET timify_webhook_secret

if [ -z "$known" ]; then
    say "Infrastructure again, now that the registration is known"
    infrastructure "$id"
fi
take_up_secrets

say "Code"
.venv/bin/python -m dev package --out .local/app.zip
az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src .local/app.zip \
    --build-remote true --output none

communication=$(output communicationName)
if [ -n "$communication" ]; then
    say "Delivery reports of mails"
    again key_of_reports || stop "The function email_events takes no key yet. Run this once more."
    az deployment group create --resource-group "$group" --name mail-events --template-file infra/mail-events.bicep \
        --parameters "appName=$app" --parameters "communicationName=$communication" --output none
fi

address=$(output publicBaseUrl)
say "Done: $address/api/health"
