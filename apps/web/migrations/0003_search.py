"""What was looked for in vain, and who of staff sees it."""

from django.db import migrations, models

from apps.accounts.migrations._grants import grant

ROLES = ("Content editors", "Content approvers")


def give_rights(apps, _schema_editor):
    for role in ROLES:
        grant(apps, role, "web", "view_missedsearch", "change_missedsearch")


class Migration(migrations.Migration):

    dependencies = [
        ('web', '0002_rights'),
        ('accounts', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='MissedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=100, verbose_name='looked for')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('times', models.PositiveIntegerField(default=1, verbose_name='times')),
                ('last_asked_at', models.DateTimeField(verbose_name='last asked at')),
                ('handled_at', models.DateTimeField(blank=True, null=True, verbose_name='handled at')),
            ],
            options={
                'verbose_name': 'search without a result',
                'verbose_name_plural': 'searches without a result',
                'indexes': [models.Index(fields=['last_asked_at'], name='web_missed_asked')],
                'constraints': [models.UniqueConstraint(fields=('text', 'language'), name='web_missed_once')],
            },
        ),
        migrations.RunPython(give_rights, migrations.RunPython.noop),
    ]
