"""Addresses of clients under /dashboard/."""

from django.urls import path

from scheduling.views import clients, clients_actions, clients_data, clients_imports

urlpatterns = [
    path("clients/", clients.clients, name="clients"),
    path("clients/new", clients.new_client, name="new_client"),
    path("clients/export.csv", clients_data.export_list, name="clients_csv"),
    path("clients/duplicates/", clients_data.duplicates, name="client_duplicates"),
    path("clients/imports/", clients_imports.all_imports, name="client_imports"),
    path("clients/imports/<uuid:import_id>/", clients_imports.one_import, name="client_import"),
    path("clients/imports/<uuid:import_id>/start", clients_imports.start, name="start_import"),
    path("clients/imports/<uuid:import_id>/discard", clients_imports.discard, name="discard_import"),
    path("clients/imports/<uuid:import_id>/refused.csv", clients_imports.refused, name="import_refused"),
    path("clients/<uuid:client_id>/", clients.client, name="client"),
    path("clients/<uuid:client_id>/edit", clients.edit_client, name="edit_client"),
    path("clients/<uuid:client_id>/notes", clients_actions.notes, name="client_notes"),
    path("clients/<uuid:client_id>/tags", clients_actions.tags, name="client_tags"),
    path("clients/<uuid:client_id>/block", clients_actions.block, name="block_client"),
    path("clients/<uuid:client_id>/not-duplicate", clients_actions.not_duplicate, name="not_duplicate"),
    path("clients/<uuid:client_id>/merge", clients_data.merge, name="merge_client"),
    path("clients/<uuid:client_id>/export", clients_data.export_one, name="client_export"),
    path("clients/<uuid:client_id>/erase", clients_data.erase, name="erase_client"),
    path("clients/<uuid:client_id>/consents", clients_actions.consents, name="client_consents"),
    path(
        "clients/<uuid:client_id>/consents/<uuid:consent_id>/withdraw",
        clients_actions.withdraw,
        name="withdraw_consent",
    ),
    path("clients/<uuid:client_id>/files", clients_actions.files, name="client_files"),
    path("clients/<uuid:client_id>/files/<uuid:file_id>", clients_actions.file, name="client_file"),
    path(
        "clients/<uuid:client_id>/files/<uuid:file_id>/delete", clients_actions.delete_file, name="delete_client_file"
    ),
]
